// Rows of the tray: each is made once and brought up to date, so that the focus stays where it is.
import { icon } from "../icons.js";

/**
 * A list whose rows are given as [{key, icon, kind, name, href, note, part, buttons: [{act, label, icon, href}]}].
 * `part` of 1 is how much of it is done; null for no bar. `kind` is a class: "bad", "good" or "".
 */
export class Rows {
  #rows = new Map();

  constructor(list) {
    this.list = list;
  }

  show(wanted) {
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue;
      row.remove();
      this.#rows.delete(key);
    }
    let before = null;
    for (const one of wanted) {
      const row = this.#rows.get(one.key) ?? this.#made(one.key);
      fill(row, one);
      const here = before ? before.nextElementSibling : this.list.firstElementChild;
      if (here !== row) this.list.insertBefore(row, here);
      before = row;
    }
  }

  #made(key) {
    const row = document.getElementById("tray-row").content.firstElementChild.cloneNode(true);
    row.dataset.key = key;
    this.#rows.set(key, row);
    return row;
  }
}

function fill(row, { icon: drawing, kind = "", name, href = "", note, part = null, buttons = [] }) {
  row.className = `tray-row ${kind}`;
  same(row.querySelector("[data-icon]"), drawing, (box) => box.replaceChildren(icon(drawing)));
  same(row.querySelector("[data-name]"), `${href}>${name}`, (box) => box.replaceChildren(href ? link(href, name) : name));
  same(row.querySelector("[data-note]"), note, (box) => { box.textContent = note; });
  const bar = row.querySelector("[data-progress]");
  bar.hidden = part === null;
  if (part !== null && part >= 0) bar.value = part;
  else bar.removeAttribute("value");
  bar.setAttribute("aria-label", name);
  fillButtons(row.querySelector("[data-buttons]"), buttons);
}

/** Do `change` with an element whose `value` is another one than before. */
function same(element, value, change) {
  if (element.dataset.shown === value) return;
  element.dataset.shown = value;
  change(element);
}

function link(href, name) {
  const made = document.createElement("a");
  made.href = href;
  made.textContent = name;
  return made;
}

/** Buttons keep their element by their place, so that "Pause" that turns into "Resume" keeps the focus. */
function fillButtons(box, buttons) {
  while (box.childElementCount > buttons.length) box.lastElementChild.remove();
  buttons.forEach((one, index) => {
    const old = box.children[index];
    if (old?.dataset.tray === one.act && old.getAttribute("aria-label") === one.label) return;
    if (old && old.tagName === (one.href ? "A" : "BUTTON")) return dress(old, one);
    const button = document.createElement(one.href ? "a" : "button");
    if (old) old.replaceWith(button);
    else box.append(button);
    dress(button, one);
  });
}

function dress(button, { act, label, icon: drawing, href, text }) {
  button.className = text ? "button quiet" : "button quiet round";
  if (href) button.href = href;
  else button.type = "button";
  button.dataset.tray = act;
  button.setAttribute("aria-label", label);
  button.title = label;
  button.replaceChildren(icon(drawing), ...(text ? [text] : []));
}
