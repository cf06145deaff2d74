// The keys of a list: arrows move, with Shift they choose, letters jump to a name; the rest are those of the actions.
import { actionOfKey, chord, perform } from "./actions.js";
import { allItems, chunks, fill, isFilled, isGrid, list, rows } from "./list.js";
import { choose, chooseNone, chooseOnly, chooseTo, chosen, current, goTo, toggle } from "./selection.js";

const TYPING = 700; // milliseconds between two letters of one name
const ROWS = 6; // that a page key goes over
const STEPS = {
  ArrowDown: (columns) => columns,
  ArrowUp: (columns) => -columns,
  ArrowRight: () => (isGrid() ? forward() : 0),
  ArrowLeft: () => (isGrid() ? -forward() : 0),
  PageDown: (columns) => columns * ROWS,
  PageUp: (columns) => -columns * ROWS,
  Home: () => -Infinity,
  End: () => Infinity,
};
const forward = () => (getComputedStyle(list()).direction === "rtl" ? -1 : 1);

/** Return how many items stand beside each other. */
function columns() {
  if (!isGrid()) return 1;
  const [first, ...others] = rows();
  const top = first.offsetTop;
  const next = others.findIndex((row) => row.offsetTop !== top);
  return next < 0 ? others.length + 1 : next + 1;
}

/** Return the chunk where the next row may stand, if it has no rows now. */
function emptiedAhead(step) {
  const all = chunks();
  const at = all.indexOf(current().closest(".chunk"));
  const ahead = Number.isFinite(step) ? all[at + Math.sign(step)] : all.at(step < 0 ? 0 : -1);
  return ahead && !isFilled(ahead) ? ahead : null;
}

async function move(event) {
  const step = STEPS[event.key](columns());
  if (!step || !current()) return;
  event.preventDefault();
  const ahead = emptiedAhead(step);
  if (ahead) await fill(ahead);
  const all = rows();
  const from = all.indexOf(current());
  const row = all[Math.max(0, Math.min(all.length - 1, from + step))];
  goTo(row);
  if (event.shiftKey) chooseTo(row);
  else if (!event.ctrlKey && !event.metaKey) chooseOnly(row);
}

let typed = "";
let last = 0;

/** Go to the next name that begins with what was typed. */
function jump(letter) {
  typed = Date.now() - last < TYPING ? typed + letter : letter;
  last = Date.now();
  const all = rows();
  const from = all.indexOf(current()) + (typed.length === 1 ? 1 : 0);
  const begins = (row) => row.dataset.name.toLocaleLowerCase().startsWith(typed);
  const row = [...all.slice(from), ...all.slice(0, from)].find(begins);
  if (row) { goTo(row); chooseOnly(row); }
}

function press(event) {
  if (event.defaultPrevented || event.target.closest("input:not([type=checkbox]), textarea, select, dialog, [role=menu]")) return;
  const row = event.target.closest(".item");
  const key = chord(event);
  if (key === "Escape") return chooseNone();
  if (key === "Ctrl+a" && rows().length) { event.preventDefault(); return choose(allItems()); }
  if (row && event.key in STEPS) return move(event);
  if (row === event.target && key === "Enter") return row.querySelector("a.item-name")?.click();
  if (row === event.target && event.key === " ") { event.preventDefault(); return toggle(row); }
  const items = chosen();
  const one = actionOfKey(key, items);
  if (one) { event.preventDefault(); return perform(one, one.of === "items" ? items : []); }
  if (row === event.target && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) jump(event.key.toLocaleLowerCase());
}

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return; // what covers the list has keys of its own
    if (event.target === document.body || event.target.closest("main")) press(event);
  });
}
