// Copying an address, also where a browser keeps the clipboard from pages that do not come by TLS.
import { toast } from "../toasts.js";

/** Copy `text` and say so; `near` is an element beside which a field may stand for a moment. */
export async function copy(text, near = document.body) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copyByHand(text, near)) {
      toast(gettext("The browser does not let this page copy. Choose the address and copy it."), { bad: true });
      return;
    }
  }
  confirm(near);
}

function copyByHand(text, near) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  near.after(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  near.focus?.();
  return done;
}

/** Say that it was copied: on the button itself, where a dialog would cover a toast. */
function confirm(near) {
  const words = near.matches?.("[data-copy]") ? [...near.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()) : null;
  if (!words) { toast(gettext("The link is copied.")); return; }
  const before = words.data;
  words.data = gettext("Copied");
  near.setAttribute("aria-live", "polite");
  setTimeout(() => { words.data = before; }, 2000);
}
