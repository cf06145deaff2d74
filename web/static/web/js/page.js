// What every page gets. Pages work without it wherever they can; each module here looks for its own elements.
import { showMoments } from "./when.js";
import { offerToShowPasswords } from "./passwords.js";
import { headDays } from "./days.js";
import { ringTheBell } from "./bell.js";
import { hearNews } from "./events.js";

function enliven(root) {
  showMoments(root);
  offerToShowPasswords(root);
  headDays(root);
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A menu that is open closes when something else is clicked, and by Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

enliven(document);
if (document.getElementById("bell")) {
  ringTheBell();
  hearNews();
}
document.addEventListener("htmx:load", (event) => enliven(event.detail.elt));
