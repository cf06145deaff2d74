// What is chosen in a list, and which row has the focus. A choice is kept by id: it outlives rows that leave the page.
import { allItems, itemOf, list, rowOf, rows } from "./list.js";

const choice = new Map(); // id -> item
let anchor = null; // the id from where Shift extends

/** Return the items that are chosen, as they stand in the list. */
export function chosen() {
  const position = new Map(allItems().map((item, number) => [item.id, number]));
  const items = [...choice.values()].map((item) => itemOf(rowOf(item.id)) ?? item);
  return items.sort((a, b) => (position.get(a.id) ?? -1) - (position.get(b.id) ?? -1));
}

export const isChosen = (id) => choice.has(id);

/** Choose exactly these items. */
export function choose(items) {
  choice.clear();
  for (const item of items) choice.set(item.id, item);
  tell();
}

export function toggle(row) {
  if (!choice.delete(row.dataset.id)) choice.set(row.dataset.id, itemOf(row));
  anchor = row.dataset.id;
  tell();
}

export function chooseNone() {
  if (choice.size === 0) return;
  choice.clear();
  tell();
}

/** Choose all rows between the one where the choice began and this one. */
export function chooseTo(row) {
  const all = allItems();
  const from = all.findIndex((one) => one.id === anchor);
  const to = all.findIndex((one) => one.id === row.dataset.id);
  if (from < 0) return chooseOnly(row);
  choose(all.slice(Math.min(from, to), Math.max(from, to) + 1));
}

export function chooseOnly(row) {
  anchor = row.dataset.id;
  choose([itemOf(row)]);
}

/** Take what is gone out of the choice. */
export function forget(ids) {
  const held = ids.filter((id) => choice.delete(id));
  if (held.length) tell();
}

/** Let a row be the one that the keys go on from, and focus it unless told not to. */
export function goTo(row, { focus = true } = {}) {
  for (const old of list().querySelectorAll('.item[tabindex="0"]')) reach(old, false);
  reach(row, true);
  if (focus) {
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
}

/** Return the row that the keys go on from. */
export const current = () => list().querySelector('.item[tabindex="0"]');

function reach(row, reachable) {
  row.tabIndex = reachable ? 0 : -1;
  for (const part of row.querySelectorAll("a, button, input[type=checkbox]")) part.tabIndex = row.tabIndex;
}

/** Show in each row whether it is chosen, and let exactly one be reached by Tab. */
function mark() {
  const all = rows();
  for (const row of all) {
    const is = choice.has(row.dataset.id);
    row.setAttribute("aria-selected", is);
    row.querySelector(".item-pick input").checked = is;
  }
  list().classList.toggle("choosing", choice.size > 0);
  const reached = all.filter((row) => row.tabIndex === 0);
  if (reached.length !== 1) all.forEach((row) => reach(row, row === (reached[0] ?? all[0])));
}

function tell() {
  mark();
  document.dispatchEvent(new CustomEvent("cloudbox:selection", { detail: { items: chosen() } }));
}

function pick(event) {
  const row = event.target.closest(".item");
  if (!row || event.button !== 0 || event.target.closest("[data-menu], .renaming")) return;
  const box = event.target.closest(".item-pick");
  const held = event.ctrlKey || event.metaKey || event.shiftKey;
  const byTouch = event.pointerType === "touch";
  if (event.target.closest("a.item-name") && !held && !(byTouch && choice.size)) return;
  if (byTouch && !choice.size && !box) return open(row);
  event.preventDefault();
  goTo(row, { focus: !byTouch });
  if (event.shiftKey) chooseTo(row);
  else if (box || event.ctrlKey || event.metaKey || byTouch) toggle(row);
  else chooseOnly(row);
  // The click's own change of the checkbox is taken back by preventDefault after this; say again how it is.
  if (box) setTimeout(mark);
}

const open = (row) => row.querySelector("a.item-name")?.click();

export function startSelection() {
  const place = document.getElementById("browser");
  place.addEventListener("click", pick);
  place.addEventListener("dblclick", (event) => {
    const row = event.target.closest(".item");
    if (row && !event.target.closest(".item-pick, .item-end, .renaming")) open(row);
  });
  place.addEventListener("focusin", (event) => {
    const row = event.target.closest(".item");
    if (row && row.tabIndex !== 0) goTo(row, { focus: false });
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("main") && !event.target.closest(".item, .selection, .tools, dialog, .menu-list, a, button")) chooseNone();
  });
  document.addEventListener("cloudbox:rows", mark);
  mark();
}
