// Details in a panel: beside a list, and in a preview. The panel is a page of the server, without what stands around it.
import { complain, toast } from "../toasts.js";

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

// A form in the details that was refused comes again, with what is wrong at its field.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (!target.closest?.(".details") || xhr.status < 400 || xhr.status >= 500 || xhr.status === 404) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    toast(gettext("Copied."));
  } catch (error) {
    complain(error);
  }
});

/** Show what only works with scripts, in what has come into the page. */
export function revealIn(root) {
  for (const button of root.querySelectorAll("[data-copy][hidden], [data-share][hidden]")) button.hidden = false;
}

revealIn(document);
document.addEventListener("htmx:load", (event) => revealIn(event.detail.elt));
