// Choosing a folder: going down and up among them, searching, or making a new one.
import { call } from "../api.js";
import { openDialog } from "../dialogs.js";
import { icon } from "../icons.js";
import { complain } from "../toasts.js";
import { askForFolder } from "./making.js";

const PAGE = 200;
const FEWEST_LETTERS = 3;
const TYPING = 250; // milliseconds after the last letter

/**
 * Let somebody choose a folder. `title` and `label` say what for; `refuses(folder)` says in words why a folder does not
 * do, or nothing. Return {id, name}, or null.
 */
export function pickFolder({ title, label, begin, refuses }) {
  return new Promise((resolve) => {
    const picker = new Picker(refuses);
    const dialog = openDialog("picker-dialog", (made) => {
      made.querySelector("h2").textContent = title;
      made.querySelector("[data-choose]").textContent = label;
    });
    picker.start(dialog, begin);
    dialog.querySelector("[data-choose]").addEventListener("click", () => dialog.close("chosen"));
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "chosen" ? picker.at : null));
  });
}

class Picker {
  constructor(refuses) {
    this.refuses = refuses;
    this.trail = []; // the folders above the one that is shown
    this.at = null; // null: where all begins
    this.asked = 0;
  }

  async start(dialog, begin) {
    this.dialog = dialog;
    this.list = dialog.querySelector("[data-folders]");
    dialog.querySelector("[data-up]").addEventListener("click", () => this.up());
    dialog.querySelector("[data-new]").addEventListener("click", () => askForFolder(this.at.id, (made) => this.enter(made)));
    const search = dialog.querySelector("input");
    let timer;
    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.search(search.value.trim()), TYPING);
    });
    this.list.addEventListener("keydown", (event) => this.steer(event));
    try {
      this.root = { ...(await call("GET", "store/folders")), name: gettext("My files") };
      const path = begin ? await this.pathTo(begin) : [this.root];
      this.at = path.pop();
      this.trail = path;
    } catch (error) {
      complain(error);
    }
    await this.show();
  }

  /** Return the folders from the top down to this one, as far as they may be seen. */
  async pathTo(id) {
    const path = [];
    for (let next = id; next;) {
      const folder = await call("GET", `store/folders/${next}`);
      path.unshift(folder.id === this.root.id ? this.root : folder);
      next = folder.parent;
    }
    return path;
  }

  enter(folder) {
    if (this.at) this.trail.push(this.at);
    this.at = folder;
    return this.show();
  }

  up() {
    this.at = this.trail.pop() ?? null;
    return this.show();
  }

  async show() {
    this.dialog.querySelector("input").value = "";
    await this.fill(async () => {
      if (this.at) return all(`store/folders/${this.at.id}/content?kind=folder`);
      const shared = await all("store/shared-with-me?");
      return [this.root, ...shared.map(({ asset }) => asset).filter(({ kind }) => kind === "folder")];
    });
    this.tell();
    this.list.querySelector("button")?.focus();
  }

  async search(word) {
    if (word.length < FEWEST_LETTERS) return this.show();
    await this.fill(async () => (await call("GET", `store/search?kind=folder&limit=50&q=${encodeURIComponent(word)}`)).items);
  }

  async fill(load) {
    const asked = ++this.asked; // a later question makes this answer worthless
    this.list.setAttribute("aria-busy", "true");
    try {
      const folders = await load();
      if (asked !== this.asked) return;
      this.list.replaceChildren(...folders.map((folder) => this.entry(folder)));
      this.dialog.querySelector("[data-none]").hidden = folders.length > 0;
    } catch (error) {
      complain(error);
    }
    this.list.removeAttribute("aria-busy");
  }

  entry(folder) {
    const line = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "menu-item";
    button.disabled = Boolean(this.refuses(folder, { enters: true }));
    const name = document.createElement("span");
    name.textContent = folder.name;
    button.append(icon("folder"), name, icon("right"));
    button.addEventListener("click", () => this.enter(folder));
    line.append(button);
    return line;
  }

  /** Say where this is, and whether it can be chosen. */
  tell() {
    const reason = this.at ? this.refuses(this.at, { enters: false }) : gettext("Choose a folder.");
    this.dialog.querySelector("[data-at]").textContent = this.at?.name ?? gettext("All places");
    this.dialog.querySelector("[data-up]").hidden = !this.at;
    this.dialog.querySelector("[data-reason]").textContent = reason ?? "";
    this.dialog.querySelector("[data-choose]").disabled = Boolean(reason);
    this.dialog.querySelector("[data-new]").disabled = !this.at?.abilities.includes("add");
  }

  steer(event) {
    const buttons = [...this.list.querySelectorAll("button:not(:disabled)")];
    const at = buttons.indexOf(document.activeElement);
    if (event.key === "ArrowDown") buttons[Math.min(at + 1, buttons.length - 1)]?.focus();
    else if (event.key === "ArrowUp") buttons[Math.max(at - 1, 0)]?.focus();
    else if (event.key === "ArrowRight" && at >= 0) buttons[at].click();
    else if ((event.key === "ArrowLeft" || event.key === "Backspace") && this.at) this.up();
    else return;
    event.preventDefault();
  }
}

/** Return all items of a list of the API. */
async function all(path) {
  const items = [];
  for (let cursor = ""; cursor !== null;) {
    const page = await call("GET", `${path}&limit=${PAGE}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`.replace("?&", "?"));
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}
