// The menu of what can be done: by the right button, by the three dots of a row, by Shift+F10 and the menu key.
import { icon } from "../icons.js";
import { actionsFor, actionsHere, iconOf, labelOf, perform } from "./actions.js";
import { itemOf, rowOf } from "./list.js";
import { chooseNone, chooseOnly, chosen, current, goTo, isChosen } from "./selection.js";

const SETTLED = 250; // milliseconds

let menu = null;
let openedAt = 0; // milliseconds
let opener = null; // what had the focus

/** Show the menu of these items, or of the folder without any, at a point of the window. */
function open(items, { x, y }, from) {
  close();
  const offered = items.length ? actionsFor(items) : actionsHere();
  if (!offered.length) return;
  opener = from ?? document.activeElement;
  menu = document.createElement("div");
  menu.className = "menu-list context";
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", gettext("What to do"));
  let group = null;
  for (const one of offered) {
    const its = Math.floor(one.order / 100);
    if (group !== null && its !== group) menu.append(document.createElement("hr"));
    group = its;
    menu.append(entry(one, items));
  }
  document.body.append(menu);
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, y + height > innerHeight - 8 ? Math.min(y - height, innerHeight - height - 8) : y)}px`;
  menu.addEventListener("keydown", steer);
  menu.querySelector("[role=menuitem]").focus({ preventScroll: true });
  openedAt = performance.now();
}

function entry(one, items) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = one.danger ? "menu-item danger" : "menu-item";
  made.setAttribute("role", "menuitem");
  made.tabIndex = -1;
  const label = document.createElement("span");
  label.textContent = labelOf(one, items);
  made.append(icon(iconOf(one, items)), label);
  made.addEventListener("click", () => { close(); perform(one, items); });
  return made;
}

function close() {
  if (!menu) return;
  const held = menu.contains(document.activeElement);
  menu.remove();
  menu = null;
  if (held && opener?.isConnected) opener.focus({ preventScroll: true });
}

function steer(event) {
  const entries = [...menu.querySelectorAll("[role=menuitem]")];
  const at = entries.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (to !== undefined) entries.at(to % entries.length).focus();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else if (event.key.length === 1 && event.key !== " ") {
    const begins = (one) => one.textContent.trim().toLocaleLowerCase().startsWith(event.key.toLocaleLowerCase());
    [...entries.slice(at + 1), ...entries.slice(0, at + 1)].find(begins)?.focus();
    return;
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Show the menu of a row; of all that is chosen, if the row is. */
function openOf(row, point, from) {
  if (!isChosen(row.dataset.id)) chooseOnly(row);
  goTo(row, { focus: false });
  open(chosen(), point, from ?? row);
}

const below = (element) => {
  const { left, bottom } = element.getBoundingClientRect();
  return { x: left, y: bottom };
};

function openByKey(event) {
  const row = event.target.closest?.(".item") ?? rowOf(chosen()[0]?.id) ?? current();
  if (!row) return;
  event.preventDefault();
  openOf(row, below(row.querySelector(".item-words")), event.target.closest(".item") ? event.target : row);
}

export function startMenus() {
  const place = document.getElementById("browser");
  document.querySelector("main").addEventListener("contextmenu", (event) => {
    if (event.target.closest("input:not([type=checkbox]), textarea, dialog")) return;
    event.preventDefault();
    if (event.pointerType === "touch") return; // a long press chooses
    const row = event.target.closest(".item");
    const point = { x: event.clientX, y: event.clientY };
    if (row && itemOf(row)) return openOf(row, point);
    chooseNone();
    open([], point);
  });
  place.addEventListener("click", (event) => {
    const button = event.target.closest("[data-menu]");
    if (!button) return;
    event.preventDefault();
    openOf(button.closest(".item"), below(button), button);
  });
  document.addEventListener("keydown", (event) => {
    const asks = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
    if (asks && event.target.closest("main, body") && !event.target.closest("dialog, [role=menu]")) openByKey(event);
  });
  document.addEventListener("pointerdown", (event) => { if (menu && !menu.contains(event.target)) close(); });
  addEventListener("blur", close);
  addEventListener("resize", close);
  // A scroll that was under way when it opened does not close it, nor does one of its own.
  document.addEventListener("scroll", (event) => {
    if (event.target !== menu && performance.now() - openedAt > SETTLED) close();
  }, { passive: true, capture: true });
}
