// A look into files over the list: a dialog that has the address of its page, so going back closes it. The arrow keys
// look through the files of the list.
import { complain } from "../toasts.js";
import { action } from "./actions.js";
import { itemOf, refresh, rowOf, rows } from "./list.js";
import { goTo } from "./selection.js";

let dialog = null;
let looking = null; // ../look/preview.js, from the first look on: the page is lighter without
let title = "";

action({
  name: "preview",
  label: gettext("Preview"),
  icon: "eye",
  order: 110,
  needs: ["read"],
  many: false,
  kinds: ["file"],
  bar: true,
  key: "p",
  act: ([item]) => look(item.id),
});

/** Show what is in a file of the list. */
async function look(id) {
  looking ??= await import("../look/preview.js");
  const isNew = dialog === null;
  dialog ??= opened();
  await window.htmx.ajax("GET", addressOf(id), { target: dialog, swap: "innerHTML" });
  const preview = dialog?.querySelector(".preview");
  if (!preview) return close();
  if (isNew) history.pushState({ preview: id }, "", addressOf(id));
  else history.replaceState({ preview: id }, "", addressOf(id));
  document.title = `${preview.dataset.name} · CloudBox`;
  dialog.setAttribute("aria-label", preview.dataset.name);
  looking.startPreview(preview, { onStar: () => refresh() });
  startSteps(preview, id);
  preview.querySelector("h1").focus({ preventScroll: true });
}

const addressOf = (id) => `/files/${id}/view`;
const files = () => rows().filter((row) => row.dataset.kind === "file").map((row) => row.dataset.id);

/** Return the file before or after one in the list, undefined beyond its ends. */
function beside(id, step) {
  const all = files();
  const position = all.indexOf(id);
  return position < 0 ? undefined : all[position + step];
}

function startSteps(preview, id) {
  for (const button of preview.querySelectorAll("[data-step]")) {
    const other = beside(id, Number(button.dataset.step));
    button.hidden = other === undefined;
    button.addEventListener("click", () => look(other).catch(complain));
  }
}

function opened() {
  const made = document.createElement("dialog");
  made.className = "lightbox";
  title = document.title;
  document.body.append(made);
  made.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (!looking.closeOne(made)) leave();
  });
  made.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close]")) return;
    event.preventDefault();
    leave();
  });
  made.addEventListener("keydown", (event) => looking.stepBy(made, event));
  made.showModal();
  return made;
}

/** Go back to the list, as the browser's own button does. */
function leave() {
  if (history.state?.preview) history.back();
  else close();
}

function close() {
  if (!dialog) return;
  const id = dialog.querySelector(".preview")?.dataset.preview;
  dialog.close();
  dialog.remove();
  dialog = null;
  document.title = title;
  const row = id && rowOf(id);
  if (row) goTo(row);
}

window.addEventListener("popstate", (event) => {
  if (event.state?.preview) look(event.state.preview).catch(complain);
  else close();
});

// A click on the name of a file; with Ctrl or the middle button the page opens elsewhere, as links do.
document.addEventListener("click", (event) => {
  const link = event.target.closest("#items a.item-name");
  const item = link && itemOf(link);
  const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0;
  if (!item || item.kind !== "file" || elsewhere || event.defaultPrevented) return;
  event.preventDefault();
  look(item.id).catch(complain);
});
