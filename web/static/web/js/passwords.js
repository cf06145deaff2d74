// A button beside each password that shows what is typed there.
export function offerToShowPasswords(root) {
  for (const input of root.querySelectorAll('input[type="password"]')) {
    if (input.closest(".shown")) continue;
    const row = document.createElement("div");
    row.className = "shown";
    const focused = document.activeElement === input;
    input.replaceWith(row);
    row.append(input, showButton(input));
    if (focused) input.focus();
  }
}

function showButton(input) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = gettext("Show");
  button.setAttribute("aria-label", gettext("Show what is typed here"));
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const hidden = input.type === "password";
    input.type = hidden ? "text" : "password";
    button.textContent = hidden ? gettext("Hide") : gettext("Show");
    button.setAttribute("aria-pressed", String(hidden));
  });
  return button;
}
