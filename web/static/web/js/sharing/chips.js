// Names that were typed, or taken from those that the browser suggests, become chips: each is sent by itself.
import { said } from "../i18n.js";

const BETWEEN = /[,;\n]/;

export function offerChips(root) {
  for (const place of root.querySelectorAll("[data-chips]")) {
    const input = place.querySelector("input");
    if (place.dataset.chips === "on") continue;
    place.dataset.chips = "on";
    const typed = input.value;
    input.value = "";
    add(place, input, typed);
    listen(place, input);
  }
}

function listen(place, input) {
  const known = () => [...document.getElementById(input.getAttribute("list"))?.options ?? []].map((option) => option.value);
  input.addEventListener("input", (event) => {
    const chosen = event.inputType === "insertReplacementText" || !event.inputType;
    if (BETWEEN.test(input.value) || (chosen && known().includes(input.value))) take(place, input);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && input.value.trim()) {
      event.preventDefault();
      take(place, input);
    } else if (event.key === "Backspace" && !input.value) {
      [...place.querySelectorAll(".chip")].pop()?.remove();
    }
  });
}

function take(place, input) {
  const typed = input.value;
  input.value = "";
  add(place, input, typed);
}

function add(place, input, typed) {
  const there = new Set([...place.querySelectorAll('.chip input')].map((field) => field.value));
  for (const name of typed.split(BETWEEN).map((part) => part.trim()).filter(Boolean)) {
    if (!there.has(name)) input.before(chipOf(name, input));
    there.add(name);
  }
}

function chipOf(name, input) {
  const chip = document.createElement("span");
  chip.className = "chip";
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: input.name, value: name });
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "×";
  button.setAttribute("aria-label", said(gettext("Remove %(name)s"), { name }));
  button.addEventListener("click", () => { chip.remove(); input.focus(); });
  chip.append(name, field, button);
  return chip;
}
