// What somebody dropped, chose or pasted, as a list: {file, path, handle} for a file, {path} for an empty folder.
// `path` are the names of the folders above it, `handle` finds the file again after a reload, where browsers have that.
import { isJunk } from "./names.js";

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
  if (kept?.kind === "directory") await intoHandle(kept, [kept.name], gathered);
  else if (entry?.isDirectory) await intoEntry(entry, [entry.name], gathered);
  else if (file && !isJunk(file.name)) gathered.push({ file, path: [], handle: kept ?? null });
}

/** Return the files of an <input>, or of the clipboard; of a whole folder, they know where in it they are. */
export function chosen(files) {
  return [...files].map((file) => {
    const path = file.webkitRelativePath ? file.webkitRelativePath.split("/").slice(0, -1) : [];
    return { file, path, handle: null };
  }).filter(({ file, path }) => ![file.name, ...path].some(isJunk));
}

/** Return the files of handles that somebody chose. */
export const ofHandles = (handles) => Promise.all(handles.map(async (handle) => ({ file: await handle.getFile(), path: [], handle })));

async function intoHandle(folder, path, gathered) {
  let isEmpty = true;
  for await (const child of folder.values()) {
    if (isJunk(child.name)) continue;
    isEmpty = false;
    if (child.kind === "directory") await intoHandle(child, [...path, child.name], gathered);
    else gathered.push({ file: await child.getFile(), path, handle: child });
  }
  if (isEmpty) gathered.push({ path });
}

async function intoEntry(folder, path, gathered) {
  let isEmpty = true;
  const reader = folder.createReader();
  for (;;) {
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!batch.length) break;
    for (const child of batch) {
      if (isJunk(child.name)) continue;
      isEmpty = false;
      if (child.isDirectory) await intoEntry(child, [...path, child.name], gathered);
      else gathered.push({ file: await new Promise((resolve, reject) => child.file(resolve, reject)), path, handle: null });
    }
  }
  if (isEmpty) gathered.push({ path });
}
