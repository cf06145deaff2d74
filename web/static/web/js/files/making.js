// New folders, and new names.
import { Refused, call } from "../api.js";
import { openDialog } from "../dialogs.js";
import { complain } from "../toasts.js";
import { action } from "./actions.js";
import { here, insertRow } from "./list.js";
import { takenBy } from "./names.js";
import { chooseOnly, goTo } from "./selection.js";

/** Ask for a name and make the folder; call `made` with it. */
export function askForFolder(parent, made) {
  const dialog = openDialog("new-folder-dialog", (one) => { one.querySelector("input").value = gettext("New folder"); });
  const field = dialog.querySelector("input");
  field.select();
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = (text) => refuse(field, dialog.querySelector("[data-wrong]"), text);
    try {
      const taken = await takenBy(field.value.trim(), parent);
      if (taken) return wrong(taken);
      const folder = await call("POST", `store/folders/${parent}`, { name: field.value.trim() });
      dialog.close();
      await made(folder);
    } catch (error) {
      if (!(error instanceof Refused)) return complain(error);
      wrong(error.message);
    }
  });
}

/** Say beside a field what is wrong with it. */
export function refuse(field, place, text) {
  place.textContent = text;
  place.hidden = false;
  field.setAttribute("aria-invalid", "true");
  field.focus();
  field.select();
}

action({
  name: "new-folder",
  label: gettext("New folder"),
  icon: "folder-plus",
  order: 100,
  of: "folder",
  needs: ["add"],
  act: () => askForFolder(here().folder, async ({ id }) => {
    const row = await insertRow(id);
    if (row) { goTo(row); chooseOnly(row); }
  }),
});

action({
  name: "rename",
  label: gettext("Rename"),
  icon: "pen",
  order: 310,
  needs: ["change"],
  many: false,
  key: "F2",
  act: async (items) => (await import("./renaming.js")).rename(items),
});
