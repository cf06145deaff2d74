// What this browser was uploading, for the time after a reload. Each page has a session, and holds its lock while it lives:
// what belongs to a session without a lock was interrupted.
import { newId } from "./ids.js";

const STORE = "uploads";
const LOCK = "cloudbox-uploads-";
const session = newId();
let database = null;

navigator.locks?.request(LOCK + session, () => new Promise(() => {}));

/** Keep records, each of which has an `id`. */
export const keep = (records) => within("readwrite", (store) => {
  for (const record of records) store.put({ ...record, session });
});

/** Forget records by their ids. */
export const forget = (ids) => within("readwrite", (store) => {
  for (const id of ids) store.delete(id);
});

/** Say whether there is anything of `user`. */
export const any = async (user) => ((await within("readonly", (store) => store.getAll())) ?? []).some((record) => record.user === user);

/** Return the records of `user` that no page works on any more; they belong to this one from now on. */
export async function adopt(user) {
  const alone = (work) => navigator.locks?.request(`${LOCK}adopting`, work) ?? work();
  return alone(async () => {
    const held = new Set(((await navigator.locks?.query())?.held ?? []).map((lock) => lock.name));
    const all = (await within("readonly", (store) => store.getAll())) ?? [];
    const found = all.filter((record) => record.user === user && record.session !== session && !held.has(LOCK + record.session));
    if (found.length) await keep(found);
    return found;
  });
}

/** Do `work` in a transaction and return the result of the request that it returns. A browser that keeps nothing forgets all. */
async function within(mode, work) {
  try {
    database ??= opened();
    const transaction = (await database).transaction(STORE, mode, { durability: "relaxed" });
    const request = work(transaction.objectStore(STORE));
    return await new Promise((resolve, reject) => {
      transaction.addEventListener("complete", () => resolve(request?.result));
      transaction.addEventListener("abort", () => reject(transaction.error));
    });
  } catch {
    return undefined;
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("cloudbox", 1);
    request.addEventListener("upgradeneeded", () => request.result.createObjectStore(STORE, { keyPath: "id" }));
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}
