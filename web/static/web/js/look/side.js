// Details in a panel: beside a list, and in a preview. The panel is a page of the server, without what stands around it.
import { openDialogFrom } from "../dialogs.js";
import { showRefusalsIn } from "../pieces.js";
import { complain } from "../toasts.js";

/** Show the details at an address in `panel`; `host` knows by its class that there is one. */
export async function openSide(panel, host, address, { focus = true } = {}) {
  panel.hidden = false;
  panel.dataset.shown = address;
  host.classList.add("has-side");
  await window.htmx.ajax("GET", address, { target: panel, swap: "innerHTML" });
  if (focus) panel.querySelector("h2")?.focus({ preventScroll: true });
}

export function closeSide(panel, host) {
  panel.hidden = true;
  panel.replaceChildren();
  delete panel.dataset.shown;
  host.classList.remove("has-side");
}

showRefusalsIn((element) => Boolean(element.closest?.(".details")));

// What had the focus may be gone with the details that were replaced.
document.addEventListener("htmx:afterSettle", () => {
  if (document.activeElement === document.body) document.querySelector(".side #details h2")?.focus({ preventScroll: true });
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-sum]");
  if (button) import("../sharing/copying.js").then(({ copy }) => copy(button.dataset.sum, button));
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-share]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  import("../sharing/panel.js").then(() => openDialogFrom(link.getAttribute("href"))).catch(complain);
});

/** Show what only works with scripts, in what has come into the page. */
function reveal(root) {
  for (const button of root.querySelectorAll("[data-sum][hidden]")) button.hidden = false;
}

reveal(document);
document.addEventListener("htmx:load", (event) => reveal(event.detail.elt));
