// What can be done with files and folders. The menus, the bar over a choice and the keys are all made from what is
// registered here:
//
//   action({
//     name: "share",               // once in all; a [data-act="share"] in the page does it, too
//     label: gettext("Share…"),    // or a function of the items
//     icon: "people",              // in icons.svg; or a function of the items
//     order: 200,                  // where it stands; the hundreds are groups: 100 look, 200 share, 300 change,
//                                  // 400 know, 500 remove
//     needs: ["share"],            // the abilities that each of the items must give
//     many: false,                 // whether it takes several items at once (true unless it says otherwise)
//     kinds: ["file"],             // only of these; of both unless it says so
//     trash: false,                // true: only in the trash; "both": there, too; otherwise only outside
//     bar: true,                   // false: not in the bar, only in the menu
//     key: "F2",                   // a key as `chord` writes it
//     danger: false,               // whether it is shown as something that hurts
//     when: (items) => true,       // what else must be so
//     of: "items",                 // "folder": of the folder that is shown; `items` is empty, `needs` are the folder's
//     act(items) {},               // may be async; what it throws is shown as a toast
//   });
//
// An item is what `itemOf` of list.js returns; `chosen()` of selection.js are those that are chosen, which
// "cloudbox:selection" on `document` follows. After something has changed, dispatch "cloudbox:changed" on `document`
// (or call `refresh()` of list.js).
import { complain } from "../toasts.js";
import { here } from "./list.js";

const registered = new Map();

export function action(given) {
  registered.set(given.name, { of: "items", needs: [], many: true, trash: false, bar: true, order: 300, ...given });
  reveal();
}

/** Return what can be done with these items, in the order of menus. */
export function actionsFor(items) {
  return sorted((one) => one.of === "items" && suits(one, items));
}

/** Return what can be done with the folder that is shown. */
export function actionsHere() {
  const { abilities } = here();
  return sorted((one) => one.of === "folder" && fitsPlace(one) && holds(one.needs, abilities) && (one.when?.([]) ?? true));
}

/** Return the action of a key, if it can be done with the items, or here. */
export function actionOfKey(key, items) {
  return [...(items.length ? actionsFor(items) : []), ...actionsHere()].find((one) => one.key === key);
}

/** Do it; what goes wrong is shown. */
export async function perform(one, items = []) {
  try {
    await one.act(items);
  } catch (error) {
    complain(error);
  }
}

export const labelOf = (one, items) => (typeof one.label === "function" ? one.label(items) : one.label);
export const iconOf = (one, items) => (typeof one.icon === "function" ? one.icon(items) : one.icon);

/** Return a key with what is held down beside it: "Delete", "Shift+F10", "Ctrl+z"; the Mac's command key is Ctrl. */
export function chord(event) {
  const held = [event.ctrlKey || event.metaKey ? "Ctrl+" : "", event.shiftKey && event.key.length > 1 ? "Shift+" : ""];
  return held.join("") + (event.key.length === 1 ? event.key.toLowerCase() : event.key);
}

const sorted = (test) => [...registered.values()].filter(test).sort((a, b) => a.order - b.order);
const holds = (needs, abilities) => needs.every((need) => abilities.includes(need));
const fitsPlace = (one) => one.trash === "both" || one.trash === (here().place === "trash");

function suits(one, items) {
  if (items.length === 0 || (items.length > 1 && !one.many) || !fitsPlace(one)) return false;
  const each = items.every((item) => holds(one.needs, item.abilities) && (one.kinds?.includes(item.kind) ?? true));
  return each && (one.when?.(items) ?? true);
}

/** Buttons of the page are hidden until there is the action that they name, and while it cannot be done. */
function reveal() {
  for (const button of document.querySelectorAll("[data-act]")) {
    const one = registered.get(button.dataset.act);
    if (one?.of === "folder") button.hidden = !(one.when?.([]) ?? true);
  }
}

document.addEventListener("cloudbox:rows", reveal);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  const one = button && registered.get(button.dataset.act);
  if (!one || one.of !== "folder") return;
  event.preventDefault();
  perform(one);
});
