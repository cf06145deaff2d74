// Conveniences. Every page works without them.
"use strict";

for (const input of document.querySelectorAll('input[type="password"]')) {
  const row = document.createElement("div");
  const button = document.createElement("button");
  row.className = "shown";
  button.type = "button";
  button.className = "button";
  button.textContent = "Show";
  button.setAttribute("aria-label", "Show what is typed here");
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const hidden = input.type === "password";
    input.type = hidden ? "text" : "password";
    button.textContent = hidden ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(hidden));
  });
  const focused = document.activeElement === input;
  input.replaceWith(row);
  row.append(input, button);
  if (focused) input.focus();
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
