// Items are dragged onto folders, the folders above, and places at the side; with Ctrl or Alt they are copied.
import { complain } from "../toasts.js";
import { counted } from "../i18n.js";
import { copyInto, moveInto } from "./bringing.js";
import { remove } from "./deleting.js";
import { like } from "./favourites.js";
import { here, itemOf } from "./list.js";
import { chooseOnly, chosen, isChosen } from "./selection.js";

const TYPE = "application/x-cloudbox";
let dragged = []; // what is on its way
let over = null; // the element that it would be dropped onto

function begin(event) {
  const row = event.target.closest?.(".item");
  if (!row || here().place === "trash" || row.dataset.busy) return event.preventDefault();
  if (!isChosen(row.dataset.id)) chooseOnly(row);
  dragged = chosen();
  event.dataTransfer.setData(TYPE, JSON.stringify(dragged.map((item) => item.id)));
  event.dataTransfer.effectAllowed = "copyMove";
  const badge = picture(dragged);
  document.body.append(badge);
  event.dataTransfer.setDragImage(badge, -12, -8);
  setTimeout(() => badge.remove());
  document.body.classList.add("dragging");
}

/** Return what is seen at the pointer: the name, or how many. */
function picture(items) {
  const badge = document.createElement("div");
  badge.className = "drag-badge";
  badge.textContent = items.length === 1 ? items[0].name : counted("%(count)s item", "%(count)s items", items.length);
  return badge;
}

/** Return where something would be dropped, and what would then be done; null if nothing. */
function targetAt(event) {
  const element = event.target.closest?.("[data-drop], .places a");
  if (!element || !dragged.length) return null;
  const copies = event.ctrlKey || event.altKey;
  if (element.matches("[data-drop]")) return ontoFolder(element, copies);
  const place = new URL(element.href).pathname;
  if (place === "/trash" && dragged.every((item) => item.abilities.includes("delete"))) return { element, effect: "move", act: remove };
  if (place === "/favourites") return { element, effect: "copy", act: (items) => like(items, true) };
  return null;
}

function ontoFolder(element, copies) {
  const item = itemOf(element);
  const folder = { id: element.dataset.drop, name: item?.name ?? element.textContent.trim() };
  const into = item ? item.abilities.includes("add") : true;
  const itself = dragged.some((one) => one.id === folder.id);
  const stays = !copies && dragged.every((one) => one.parent === folder.id);
  const may = copies || dragged.every((one) => one.abilities.includes("change"));
  if (!into || itself || stays || !may) return null;
  return { element, effect: copies ? "copy" : "move", act: (items) => (copies ? copyInto : moveInto)(items, folder) };
}

function hover(event) {
  if (!dragged.length) return;
  const target = targetAt(event);
  light(target?.element ?? null);
  if (!target) return;
  event.preventDefault();
  event.stopPropagation();
  event.dataTransfer.dropEffect = target.effect;
}

function light(element) {
  if (over === element) return;
  over?.classList.remove("over");
  element?.classList.add("over");
  over = element;
}

function drop(event) {
  if (!dragged.length) return;
  const target = targetAt(event);
  const items = dragged;
  end();
  event.preventDefault();
  event.stopPropagation();
  if (target) target.act(items).catch(complain);
}

function end() {
  light(null);
  dragged = [];
  document.body.classList.remove("dragging");
}

export function startDragging() {
  const offer = () => { for (const row of document.querySelectorAll("#items .item:not([draggable])")) row.draggable = true; };
  document.addEventListener("cloudbox:rows", offer);
  offer();
  document.addEventListener("dragstart", begin);
  document.addEventListener("dragover", hover);
  document.addEventListener("drop", drop);
  document.addEventListener("dragend", end);
}
