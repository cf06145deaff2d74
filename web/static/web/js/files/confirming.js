// A question before something that cannot be undone.
import { openDialog } from "../dialogs.js";

/** Ask; return whether the answer is yes. `label` is what the button says that does it. */
export function confirmed({ title, text, label }) {
  return new Promise((resolve) => {
    const dialog = openDialog("confirm-dialog", (made) => {
      made.querySelector("h2").textContent = title;
      made.querySelector("[data-text]").textContent = text;
      made.querySelector("[data-yes]").textContent = label;
    });
    dialog.querySelector("[data-yes]").addEventListener("click", () => dialog.close("yes"));
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  });
}
