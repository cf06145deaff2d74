// Choosing some of what a folder contains, to download it as one archive.
import { counted } from "../i18n.js";

const items = document.getElementById("items");
const bar = document.getElementById("selection");
const MOST = 100; // ids that fit into an address

const boxes = () => [...items.querySelectorAll('input[name="assets"]')];

function show() {
  const chosen = boxes().filter((box) => box.checked).map((box) => box.value);
  for (const box of boxes()) box.closest(".item").toggleAttribute("data-chosen-here", box.checked);
  bar.hidden = chosen.length === 0;
  bar.querySelector("[data-chosen]").textContent = counted("%(count)s chosen", "%(count)s chosen", chosen.length);
  const link = bar.querySelector('[data-act="download-chosen"]');
  link.hidden = chosen.length > MOST;
  const door = link.pathname;
  link.href = `${door}?assets=${chosen.join(",")}`;
}

function begin() {
  const offer = () => { for (const box of boxes()) box.hidden = false; };
  offer();
  document.addEventListener("htmx:load", offer);
  items.addEventListener("change", show);
  bar.querySelector('[data-act="choose-none"]').addEventListener("click", () => {
    for (const box of boxes()) box.checked = false;
    show();
  });
}

if (items && bar) begin();
