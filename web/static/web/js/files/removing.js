// Into the trash, out of it, and gone for good.
import { call } from "../api.js";
import { openDialogFrom } from "../dialogs.js";
import { counted, said } from "../i18n.js";
import { toast } from "../toasts.js";
import { carryOut, complainOf } from "./carrying.js";
import { confirmed } from "./confirming.js";
import { refresh, removeRows, rowOf, rows } from "./list.js";
import { forget, goTo } from "./selection.js";
import { done } from "./undo.js";

/** Put these items into the trash. */
export async function remove(items) {
  const outcome = await away("trash", items);
  if (!outcome.done.length) return;
  const gone = outcome.done.map(({ item }) => item);
  done(saidOf(gone, gettext("“%(name)s” was moved to the trash."), ["%(count)s moved to the trash.", "%(count)s moved to the trash."]), async () => {
    complainOf((await carryOut("restore", gone)).failed);
  });
}

export async function restore(items) {
  const { done: back } = await away("restore", items);
  if (!back.length) return;
  const restored = back.map(({ item }) => item);
  done(saidOf(restored, gettext("“%(name)s” is back where it was."), ["%(count)s restored.", "%(count)s restored."]), async () => {
    complainOf((await carryOut("trash", restored)).failed);
  });
}

export async function purge(items) {
  const title = saidOf(items, gettext("Delete “%(name)s” for ever?"), ["Delete %(count)s item for ever?", "Delete %(count)s items for ever?"]);
  const text = gettext("Its content and its older versions are deleted. This cannot be undone.");
  if (!(await confirmed({ title, text, label: gettext("Delete for ever") }))) return;
  const { done: gone } = await away("purge", items);
  if (gone.length) toast(saidOf(gone.map(({ item }) => item), gettext("“%(name)s” was deleted for ever."), ["%(count)s deleted for ever.", "%(count)s deleted for ever."]));
}

/** Do with the items what takes them out of this list; the focus goes to what stands there then. */
async function away(what, items) {
  const first = rowOf(items[0].id);
  const position = rows().indexOf(first);
  const held = first?.contains(document.activeElement) || document.activeElement === document.body || document.activeElement?.closest(".selection");
  for (const item of items) rowOf(item.id)?.classList.add("leaving");
  let outcome;
  try {
    outcome = await carryOut(what, items);
  } finally {
    for (const item of items) rowOf(item.id)?.classList.remove("leaving");
  }
  const ids = outcome.done.map(({ item }) => item.id);
  forget(ids);
  removeRows(ids);
  const next = rows()[Math.min(position, rows().length - 1)];
  if (next && held) goTo(next);
  await refresh();
  complainOf(outcome.failed);
  return outcome;
}

function saidOf(items, one, [singular, plural]) {
  return items.length === 1 ? said(one, { name: items[0].name }) : counted(singular, plural, items.length);
}

export async function emptyTrash() {
  const dialog = await openDialogFrom("/trash/empty");
  dialog?.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    dialog.close();
    const { purged } = await call("DELETE", "store/trash/");
    await refresh();
    toast(counted("%(count)s deleted for ever.", "%(count)s deleted for ever.", purged));
  });
}
