// Short words at the bottom of the page, which a screen reader says, too; maybe with a button that undoes.
import { planAddress } from "./plan.js";

const SHOWN = 8000; // milliseconds; longer while it has the focus or the pointer

/** Show `text`. `action` is {label, act}; `bad` marks what went wrong. Returns what takes it away. */
export function toast(text, { action, bad = false } = {}) {
  const box = document.createElement("div");
  box.className = bad ? "toast bad" : "toast";
  const words = document.createElement("span");
  words.textContent = text;
  box.append(words);
  const remove = () => box.remove();
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action.label;
    button.addEventListener("click", () => { remove(); action.act(); });
    box.append(button);
  }
  place().append(box);
  let timer = setTimeout(remove, SHOWN);
  for (const stay of ["pointerenter", "focusin"]) box.addEventListener(stay, () => clearTimeout(timer));
  for (const go of ["pointerleave", "focusout"]) box.addEventListener(go, () => { timer = setTimeout(remove, SHOWN); });
  return remove;
}

/** Where words are seen and said: a dialog that covers the page has a place of its own for them. */
const place = () => [...document.querySelectorAll("dialog[open] .toasts")].pop() ?? document.getElementById("toasts");

/** Show why something did not work, with the way to more room where it is one's own plan that has ended. */
export function complain(error) {
  const ended = error.problem?.expired_at && planAddress();
  const action = ended ? { label: gettext("Get more room"), act: () => location.assign(planAddress()) } : undefined;
  return toast(error.message, { action, bad: true });
}
