// Details beside the list: of what is chosen, or of the folder that is shown. They follow the choice while they are open.
import "../look/side.js";
import { closeSide, openSide } from "../look/side.js";
import { complain } from "../toasts.js";
import { action } from "./actions.js";
import { here, rowOf } from "./list.js";
import { goTo } from "./selection.js";

const host = document.body;
let panel = null;
let soon = null;

action({
  name: "details",
  label: gettext("Details"),
  icon: "info",
  order: 400,
  needs: ["read"],
  many: false,
  key: "i",
  act: ([item]) => show(item.id),
});

action({
  name: "details-of-folder",
  label: gettext("Details of this folder"),
  icon: "info",
  order: 410,
  of: "folder",
  needs: ["read"],
  act: () => (isOpen() ? close() : show(here().folder)),
});

const addressOf = (id) => `/files/${id}/details`;
const isOpen = () => panel !== null && !panel.hidden;

async function show(id, options) {
  panel ??= made();
  await openSide(panel, host, addressOf(id), options);
}

function made() {
  const side = document.createElement("aside");
  side.className = "side beside-list";
  side.setAttribute("aria-label", gettext("Details"));
  side.addEventListener("click", (event) => { if (event.target.closest("[data-close-side]")) close(); });
  side.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
  document.getElementById("browser").after(side);
  return side;
}

function close() {
  const id = panel.querySelector("[data-details-of]")?.dataset.detailsOf;
  closeSide(panel, host);
  const row = id && rowOf(id);
  if (row) goTo(row);
  else document.querySelector("[data-act=details-of-folder]")?.focus();
}

document.addEventListener("cloudbox:selection", (event) => {
  const { items } = event.detail;
  if (!isOpen() || items.length !== 1 || panel.dataset.shown === addressOf(items[0].id)) return;
  clearTimeout(soon);
  soon = setTimeout(() => show(items[0].id, { focus: false }).catch(complain), 150);
});
