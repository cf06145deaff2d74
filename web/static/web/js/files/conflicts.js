// A name that is taken where something is moved or copied: keep both, replace, or leave it.
import { openDialog } from "../dialogs.js";
import { said } from "../i18n.js";

/** Ask about each of the items; return {rename: [], replace: [], skip: []}. */
export async function askOnConflict(items, folder) {
  const answers = { rename: [], replace: [], skip: [] };
  let forAll = null; // what was said once for all that follow
  for (const [number, item] of items.entries()) {
    const answer = forAll ?? (await ask(item, folder, items.length - number - 1));
    const { choice } = item.kind === "folder" && answer.choice === "replace" ? { choice: "rename" } : answer;
    if (answer.all) forAll = answer;
    answers[choice].push(item);
  }
  return answers;
}

function ask(item, folder, following) {
  return new Promise((resolve) => {
    const dialog = openDialog("conflict-dialog", (made) => {
      made.querySelector("[data-text]").textContent = said(gettext("“%(folder)s” already has something called “%(name)s”."), { name: item.name, folder: folder.name });
      for (const part of made.querySelectorAll("[data-replace]")) part.hidden = item.kind === "folder";
      made.querySelector("[data-all]").hidden = following === 0;
      if (item.kind === "folder") made.querySelector("[value=rename]").checked = true;
    });
    dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      dialog.close("said");
    });
    dialog.addEventListener("close", () => {
      const form = new FormData(dialog.querySelector("form"));
      const said = dialog.returnValue === "said";
      resolve({ choice: said ? form.get("choice") : "skip", all: said ? form.has("all") : true });
    });
  });
}
