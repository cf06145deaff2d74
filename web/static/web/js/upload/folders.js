// Folders by their path, each made once; one that is there already is gone into.
import { Refused, ask } from "../api.js";

const made = new Map(); // a promise of the id by "<id of the folder above>/<name>"
const known = new Map(); // a promise of the ids by name, of what a folder has had before

/** Return the id of the folder at `path` below the folder `top`. Throws Refused and Unreachable. */
export async function folderAt(top, path) {
  let folder = top;
  for (const name of path) folder = await below(folder, name);
  return folder;
}

/** Look at all of them anew: somebody may move or delete what was made. */
export const forgetFolders = () => made.clear();

function below(folder, name) {
  const key = `${folder}/${name}`;
  if (!made.has(key)) {
    const making = make(folder, name);
    making.catch(() => made.delete(key)); // the next try begins anew
    made.set(key, making);
  }
  return made.get(key);
}

async function make(folder, name) {
  try {
    return (await ask("POST", `store/folders/${folder}/`, { name })).id;
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== "name_taken") throw error;
    const id = (await foldersIn(folder)).get(name);
    if (!id) throw error; // a file is called so
    return id;
  }
}

function foldersIn(folder) {
  if (!known.has(folder)) {
    const listing = list(folder);
    listing.finally(() => setTimeout(() => known.delete(folder), 10_000)).catch(() => {});
    known.set(folder, listing);
  }
  return known.get(folder);
}

async function list(folder) {
  const found = new Map();
  let cursor = "";
  do {
    const page = await ask("GET", `store/folders/${folder}/content/?kind=folder&limit=200${cursor}`);
    for (const item of page.items) found.set(item.name, item.id);
    cursor = page.next ? `&cursor=${encodeURIComponent(page.next)}` : "";
  } while (cursor);
  return found;
}
