// The panel that shares something, on its page and in its dialog: copying, chips of names, and days to choose.
import { showRefusalsIn } from "../pieces.js";
import { copy } from "./copying.js";
import { offerChips } from "./chips.js";

const DAY = "day"; // the choice that a day goes with

function offerDay(root) {
  for (const select of root.querySelectorAll('select[name$="lasts"]')) {
    const day = select.form.querySelector('input[type="date"]')?.closest(".field");
    if (!day) continue;
    const show = () => { day.hidden = select.value !== DAY; };
    select.addEventListener("change", (event) => { event.stopPropagation(); show(); });
    show();
  }
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const input of root.querySelectorAll("input[data-zone]")) input.value = zone;
}

function enliven(root) {
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
  offerChips(root);
  offerDay(root);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (button) copy(button.dataset.copy, button);
});

showRefusalsIn((element) => element.id === "share");

document.addEventListener("htmx:afterSettle", (event) => {
  const panel = document.getElementById("share");
  if (!panel || event.detail.elt.id !== "share") return;
  const wrong = panel.querySelector(".wrong :is(input, select, textarea)");
  if (wrong) wrong.focus();
  else if (document.activeElement === document.body || !panel.contains(document.activeElement)) panel.focus();
  if (event.detail.requestConfig?.verb === "post") document.dispatchEvent(new CustomEvent("cloudbox:changed"));
});

document.addEventListener("htmx:load", (event) => enliven(event.detail.elt));
enliven(document);
