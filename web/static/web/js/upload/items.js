// A file on its way: what it is, where it goes, how far it has come.
//
// `state` is one of: waiting, running, paused, asking (what to do, as the name is taken), failed, interrupted (until its
// file is there again), done, skipped. Those without a `file` find it by their `handle`, or wait until it is chosen again.
import { newId } from "./ids.js";
import { composed, whyNot } from "./names.js";
import { looksLike } from "./prints.js";

const UNFINISHED = new Set(["waiting", "running", "paused", "asking", "interrupted"]);

export const isUnfinished = (item) => UNFINISHED.has(item.state);

/** Return an item for a file that goes into the folder `place` ({id, name}), below which `path` is. */
export function itemOf({ file, path, handle }, place, batch) {
  const names = path.map(composed);
  const item = {
    id: newId(), file, handle, place, batch, path: names, name: composed(file.name), size: file.size,
    fileName: file.name, lastModified: file.lastModified,
    state: "waiting", sent: 0, error: "", waits: 0, address: "", print: "", onConflict: "", made: "", isFinal: false,
  };
  const wrong = [...names, item.name].map(whyNot).find(Boolean);
  return wrong ? Object.assign(item, { state: "failed", error: wrong, isFinal: true }) : item;
}

/** Return what is kept of an item for the time after a reload. */
export function recordOf(item, user) {
  const { id, handle, place, path, name, size, fileName, lastModified, address, print, onConflict } = item;
  return { id, user, handle, place, path, name, size, fileName, lastModified, address, print, onConflict };
}

/** Return the item that a record was made of. */
export function itemFrom(record) {
  return { ...record, file: null, batch: { answer: "" }, state: "interrupted", sent: 0, error: "", waits: 0, made: "", isFinal: false };
}

/** Return the file of an item, anew from its handle where need be. Throws a sentence for people. */
export async function fileOf(item) {
  if (item.file) return item.file;
  const file = await item.handle?.getFile().catch(() => null);
  if (!file) throw new Error(gettext("The file is not there any more. Choose it again."));
  if (!looksLike(file, item)) throw new Error(gettext("The file was changed meanwhile. Cancel this upload and begin it anew."));
  return file;
}

/** Say whether a file that was dropped or chosen goes on with the interrupted `item`. */
export function goesOn(item, { file, path }, place) {
  const samePlace = item.place.id === place.id && item.path.join("/") === path.map(composed).join("/");
  return item.state === "interrupted" && samePlace && looksLike(file, item);
}
