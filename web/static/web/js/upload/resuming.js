// Uploads that a reload, a crash or a closed window has interrupted: they go on by themselves where the browser may
// read the file again, by a click where it may once somebody allows it, else when the file is chosen again.
import { ask } from "../api.js";
import { said } from "../i18n.js";
import { complain, toast } from "../toasts.js";
import { itemFrom } from "./items.js";
import { looksLike } from "./prints.js";
import * as remembered from "./remembered.js";
import { queue } from "./uploads.js";

const LATER = 3000; // milliseconds, after which the page before this one is surely gone

export const lost = { count: 0, folder: null }; // files that had not begun and cannot be found again

/** Bring back what was interrupted. */
export async function restore() {
  await adoptAll();
  if (navigator.locks) setTimeout(adoptAll, LATER);
}

async function adoptAll() {
  const records = await remembered.adopt(document.getElementById("tray").dataset.user);
  if (!records.length) return;
  const found = records.filter((record) => record.handle || record.address);
  const gone = records.filter((record) => !record.handle && !record.address);
  remembered.forget(gone.map((record) => record.id));
  lost.count += gone.length;
  lost.folder ??= gone[0]?.place ?? null;
  const items = found.map(itemFrom);
  queue.adopt(items);
  await Promise.all([findOffsets(items), goOnBySelf(items)]);
}

/** Show how far they have come, of which only the server knows. */
async function findOffsets(items) {
  if (!items.some((item) => item.address)) return;
  const page = await ask("GET", "uploads/?limit=200").catch(() => ({ items: [] }));
  const offsets = new Map(page.items.map((upload) => [upload.id, upload.offset]));
  for (const item of items) item.sent ||= offsets.get(item.address.split("/").at(-1)) ?? 0;
  queue.changed();
}

async function goOnBySelf(items) {
  const allowed = await Promise.all(items.map(async ({ handle }) => (await handle?.queryPermission?.({ mode: "read" })) === "granted"));
  items.forEach((item, index) => { if (allowed[index]) queue.resume(item); });
}

/** Go on with an item whose file the browser finds again, once somebody allows it; others of its kind with it. */
export async function goOn(item) {
  if (item.state !== "interrupted" || !item.handle) return queue.resume(item);
  if ((await item.handle.requestPermission({ mode: "read" })) !== "granted") return;
  queue.resume(item);
  await goOnBySelf(queue.items.filter((other) => other.state === "interrupted" && other.handle));
}

/** Let somebody choose the file of an interrupted upload again. */
export function chooseAgain(item) {
  const input = document.createElement("input");
  input.type = "file";
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (looksLike(file, item)) queue.resume(item, file);
    else complain(new Error(said(gettext("This is another file than the %(name)s that was interrupted."), { name: item.name })));
  });
  input.click();
}

/** Let somebody choose a folder again of which not all had begun; what is there is skipped. */
export function forgetLost() {
  lost.count = 0;
  toast(gettext("Choose the folder again whenever you like: what is there is skipped."));
}
