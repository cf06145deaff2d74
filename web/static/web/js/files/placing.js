// Moving and copying into a folder, with what becomes of names that are taken there, and the way back.
import { counted, said } from "../i18n.js";
import { toast } from "../toasts.js";
import { BY_CALLS, carryOut, complainOf } from "./carrying.js";
import { refresh, removeRows, here } from "./list.js";
import { called, takenBy } from "./names.js";
import { forget } from "./selection.js";
import { done } from "./undo.js";

/** Move the items into a folder {id, name}; those that are there already stay. */
export async function move(items, folder) {
  const moving = items.filter((item) => item.parent !== folder.id && item.id !== folder.id);
  if (!moving.length) return toast(gettext("That is where it is already."));
  const outcome = await settle("move", moving, folder);
  const ids = outcome.done.map(({ item }) => item.id);
  if (here().folder && here().folder !== folder.id) { forget(ids); removeRows(ids); }
  const undo = outcome.done.every(({ item }) => item.parent) ? () => moveBack(outcome) : null;
  await tell(outcome, folder, gettext("“%(name)s” was moved to “%(folder)s”."), ["%(count)s moved to “%(folder)s”.", "%(count)s moved to “%(folder)s”."], undo);
}

/** Copy the items into a folder {id, name}. */
export async function copy(items, folder) {
  const outcome = await settle("copy", items, folder);
  const made = outcome.done.filter((one) => one.made && !one.replaced).map(({ item, made: id }) => ({ ...item, id }));
  const undo = async () => { complainOf((await carryOut("trash", made)).failed); };
  await tell(outcome, folder, gettext("“%(name)s” was copied to “%(folder)s”."), ["%(count)s copied to “%(folder)s”.", "%(count)s copied to “%(folder)s”."], made.length ? undo : null);
}

/** Do it, and ask about each name that is taken. */
async function settle(action, items, folder) {
  const own = action === "copy" ? items.filter((item) => item.parent === folder.id) : [];
  const others = items.filter((item) => !own.includes(item));
  const outcome = { done: [], failed: [] };
  const attempt = async (some, conflict) => {
    const { done: good, failed } = some.length ? await carryOut(action, some, { folder: folder.id, ...(conflict && { on_conflict: conflict }) }) : { done: [], failed: [] };
    outcome.done.push(...good.map((one) => ({ ...one, replaced: conflict === "replace" })));
    return failed;
  };
  outcome.failed.push(...(await attempt(own, "rename"))); // a copy beside its original
  const taken = await takenAmong(others, folder);
  const failed = await attempt(others.filter((item) => !taken.includes(item)));
  taken.push(...failed.filter((one) => one.code === "name_taken").map((one) => one.item));
  outcome.failed.push(...failed.filter((one) => one.code !== "name_taken"));
  const { askOnConflict } = await import("./conflicts.js");
  const wanted = await askOnConflict(taken, folder);
  outcome.failed.push(...(await attempt(wanted.rename, "rename")));
  if (action === "copy") outcome.failed.push(...(await attempt(wanted.replace, "replace")));
  else await displace(wanted.replace, folder, attempt, outcome);
  return outcome;
}

/** Return which of a few items have a name that is taken there; of many the job finds out. */
async function takenAmong(items, folder) {
  if (items.length > BY_CALLS) return [];
  const taken = await Promise.all(items.map((item) => takenBy(item.name, folder.id)));
  return items.filter((_, number) => taken[number]);
}

/** Let the files that have the names go to the trash, and move the items there. */
async function displace(items, folder, attempt, outcome) {
  outcome.displaced = [];
  for (const item of items) {
    const gone = await carryOut("trash", await called(item.name, folder.id));
    outcome.displaced.push(...gone.done.map((one) => one.item));
  }
  outcome.failed.push(...(await attempt(items)));
}

async function moveBack({ done: moved, displaced = [] }) {
  const homes = new Map();
  for (const { item } of moved) homes.set(item.parent, [...(homes.get(item.parent) ?? []), item]);
  for (const [home, items] of homes) complainOf((await carryOut("move", items, { folder: home, on_conflict: "rename" })).failed);
  if (displaced.length) complainOf((await carryOut("restore", displaced)).failed);
}

async function tell(outcome, folder, one, [singular, plural], undo) {
  await refresh();
  complainOf(outcome.failed);
  const count = outcome.done.length;
  if (!count) return;
  const names = { name: outcome.done[0].item.name, folder: folder.name };
  const text = count === 1 ? said(one, names) : counted(singular, plural, count, names);
  if (undo) done(text, undo);
  else toast(text);
}
