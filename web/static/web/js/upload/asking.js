// The questions that an upload may raise: a taken name, and too little room.
import { openDialog } from "../dialogs.js";
import { counted, said } from "../i18n.js";
import { asSize } from "../sizes.js";

/** Ask what to do about a taken name. Return {answer: "replace" | "rename" | "skip", all}. */
export async function askAboutName(item) {
  const dialog = openDialog("name-taken", (root) => {
    const names = { name: item.name, folder: item.path.at(-1) ?? item.place.name };
    root.querySelector("[data-question]").textContent = said(gettext("“%(folder)s” already has a “%(name)s”"), names);
  });
  await closed(dialog);
  const form = new FormData(dialog.querySelector("form"));
  const answer = dialog.returnValue === "go" ? form.get("answer") : "skip";
  return { answer, all: form.get("all") === "on" };
}

/** Tell that the room is too little. Return what of `gathered` fits and is to be uploaded, which may be nothing. */
export async function askAboutRoom(gathered, { needed, free, usage }) {
  const fitting = thatFits(gathered, free);
  const files = fitting.filter(({ file }) => file);
  const dialog = openDialog("too-large", (root) => {
    const count = gathered.filter(({ file }) => file).length;
    root.querySelector("[data-sums]").textContent = tooMuch(usage) || counted(
      "%(count)s file, %(needed)s; %(free)s are free.", "%(count)s files, %(needed)s; %(free)s are free.",
      count, { needed: asSize(needed), free: asSize(free) },
    );
    Object.assign(root.querySelector("[data-meter]"), { max: usage.limit, value: usage.limit - free });
    const button = root.querySelector("[data-fits]");
    button.hidden = !files.length;
    const size = asSize(files.reduce((sum, { file }) => sum + file.size, 0));
    button.textContent = counted("Upload the %(count)s file that fits (%(size)s)", "Upload the %(count)s files that fit (%(size)s)", files.length, { size });
  });
  await closed(dialog);
  return dialog.returnValue === "fits" ? fitting : [];
}

/** Return what is said to whoever stores more than they have room for; "" to all others. */
function tooMuch({ used, reserved, limit }) {
  const sizes = { used: asSize(used + reserved), limit: asSize(limit) };
  return used + reserved > limit
    ? said(gettext("You store %(used)s and have room for %(limit)s. Nothing can be added until you have more room, or store less."), sizes)
    : "";
}

function thatFits(gathered, free) {
  let left = free;
  return gathered.filter(({ file }) => {
    if (file && file.size > left) return false;
    left -= file?.size ?? 0;
    return true;
  });
}

const closed = (dialog) => new Promise((resolve) => { dialog.addEventListener("close", resolve, { once: true }); });
