// What somebody dropped, chose or pasted, as a list: {file, path, handle} for a file, {path} for an empty folder.
// `path` are the names of the folders above it, `handle` finds the file again after a reload, where browsers have that.
import { said } from "../i18n.js";
import { isJunk } from "./names.js";

const inOrder = new Intl.Collator(undefined, { numeric: true });

/** Return all that was dropped. What it holds is only there during the event, so the first lines do not wait. */
export async function dropped(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const found = items.map((item) => ({
    handle: item.getAsFileSystemHandle?.().catch(() => null),
    entry: item.webkitGetAsEntry?.(),
    file: item.getAsFile(),
  }));
  const gathered = [];
  for (const each of found) await gatherOne(each, gathered);
  return gathered;
}

async function gatherOne({ handle, entry, file }, gathered) {
  const kept = await handle;
  if (entry?.isDirectory) await into(entry, kept, [entry.name], gathered);
  else if (file && !isJunk(file.name)) gathered.push({ file, path: [], handle: kept ?? null });
}

/** Return the files of an <input>; of a whole folder, they know where in it they are. */
export function chosen(files) {
  return [...files].map((file) => {
    const path = file.webkitRelativePath ? file.webkitRelativePath.split("/").slice(0, -1) : [];
    return { file, path, handle: null };
  }).filter(({ file, path }) => ![file.name, ...path].some(isJunk));
}

/** Return the files of the clipboard; pictures, which are all called alike there, get the time as a name. */
export function pasted(files) {
  const moment = new Date().toLocaleString("sv").replaceAll(":", "."); // in the order of lists, without colons
  return chosen(files).map((one) => {
    if (one.file.name !== "image.png") return one;
    const name = said(gettext("Pasted %(moment)s.png"), { moment });
    return { ...one, file: new File([one.file], name, { type: one.file.type }) };
  });
}

/** Return the files of handles that somebody chose. */
export const ofHandles = (handles) => Promise.all(handles.map(async (handle) => ({ file: await handle.getFile(), path: [], handle })));

/** Go through a folder by its entries, which are all there; handles leave out names that some system would not take. */
async function into(folder, handle, path, gathered) {
  const [entries, handles] = await Promise.all([entriesIn(folder), handlesIn(handle)]);
  const wanted = entries.filter(({ name }) => !isJunk(name)).sort((one, other) => inOrder.compare(one.name, other.name));
  const isFile = (entry) => entry.isFile;
  gathered.push(...await Promise.all(wanted.filter(isFile).map(async (entry) => ({
    file: await new Promise((resolve, reject) => entry.file(resolve, reject)), path, handle: handles.get(entry.name) ?? null,
  }))));
  for (const entry of wanted) {
    if (!isFile(entry)) await into(entry, handles.get(entry.name), [...path, entry.name], gathered);
  }
  if (!wanted.length) gathered.push({ path });
}

async function entriesIn(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    found.push(...some);
  }
}

async function handlesIn(folder) {
  const found = new Map();
  try {
    if (folder?.kind === "directory") for await (const child of folder.values()) found.set(child.name, child);
  } catch {
    // What cannot be found again is chosen again.
  }
  return found;
}
