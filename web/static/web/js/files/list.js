// The list that a page shows: its rows as items, and how they are brought up to date.
//
// Rows stand in chunks, each of which knows the address that it came from. A chunk that is filled again says where the
// next one begins; where that is no longer so, the next is filled again, too. So a list heals wherever it was changed.
import { Unreachable } from "../api.js";
import { showMoments } from "../when.js";

export const browser = () => document.getElementById("browser");
export const list = () => document.getElementById("items");
export const rows = () => [...document.querySelectorAll("#items .item")];
export const rowOf = (id) => document.getElementById(`item-${id}`);
export const isGrid = () => list().classList.contains("grid");

/** Return where this page is: `place`, such as "files" or "trash", and the id and abilities of the folder, if it is one. */
export function here() {
  const { place, folder = "", abilities = "" } = browser().dataset;
  return { place, folder, abilities: words(abilities) };
}

/** Return what a row is about, given any element in it; null outside of rows. */
export function itemOf(element) {
  const row = element?.closest?.(".item[data-id]");
  if (!row) return null;
  const { id, kind, name, parent = "", size, revision, abilities } = row.dataset;
  const liked = "liked" in row.dataset;
  const address = row.querySelector("a.item-name")?.getAttribute("href") ?? "";
  return { id, kind, name, parent, size: Number(size), revision: Number(revision), abilities: words(abilities), liked, address };
}

const words = (text) => text.split(" ").filter(Boolean);

const emptied = new WeakMap(); // chunk -> the items of its rows, which are not in the page now

/** Take the rows of a chunk out of the page; they are known still, and `fill` brings them back. */
export function emptyChunk(chunk) {
  emptied.set(chunk, itemsIn(chunk));
  chunk.style.height = `${chunk.offsetHeight}px`;
  chunk.replaceChildren();
}

/** Return all items that the list has shown, in its order, whether their rows are in the page now or not. */
export const allItems = () => chunks().flatMap((chunk) => (isFilled(chunk) ? itemsIn(chunk) : emptied.get(chunk) ?? []));

export const chunks = () => [...document.querySelectorAll("#items .chunk")];
export const isFilled = (chunk) => chunk.childElementCount > 0;
const itemsIn = (chunk) => [...chunk.querySelectorAll(".item")].map(itemOf);

/** Bring the list up to date: what is in the page, and how much room is left. Scroll, focus and choice stay. */
export function refresh() {
  again = true;
  return (running ??= refreshAll().finally(() => { running = null; }));
}

let running = null;
let again = false;

async function refreshAll() {
  while (again) {
    again = false;
    const [first] = chunks();
    if (!first || isFilled(first)) await refreshPage();
    else await fillFrom(chunks().find(isFilled));
  }
  announce();
}

/** Fill a chunk again, and those after it that do not begin where it ends. */
export const fill = (chunk) => fillFrom(chunk).then(announce);

/** Take rows out of the page, at once; what comes after them moves up with the next `refresh`. */
export function removeRows(ids) {
  for (const id of ids) rowOf(id)?.remove();
  announce();
}

/** Show something new in the list, where it belongs, and let it be seen. Return its row, if it is in the page now. */
export async function insertRow(id) {
  await refresh();
  const row = rowOf(id);
  row?.scrollIntoView({ block: "nearest" });
  row?.classList.add("fresh");
  return row;
}

const announce = () => document.dispatchEvent(new CustomEvent("cloudbox:rows"));

const ADDRESS = location.href; // of the list: while a file is looked at over it, the page has the address of that file

/** Return the document at an address; only rows, where `onlyRows`. */
async function got(address, onlyRows) {
  const headers = { Accept: "text/html", ...(onlyRows && { "HX-Request": "true" }) };
  const answer = await fetch(address, { headers }).catch(() => { throw new Unreachable(); });
  if (answer.redirected && new URL(answer.url).pathname.startsWith("/login")) location.reload();
  if (!answer.ok) throw new Unreachable();
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function refreshPage() {
  const page = await got(ADDRESS, false);
  const room = page.querySelector(".room");
  if (room) document.querySelector(".room")?.replaceChildren(...room.childNodes);
  const now = page.getElementById("items");
  if (now.classList.contains("empty") || list().classList.contains("empty")) {
    list().replaceWith(now);
    showMoments(now);
    return;
  }
  await take(document.querySelector(".chunk"), page);
}

async function fillFrom(chunk) {
  if (chunk) await take(chunk, await got(chunk.dataset.chunk, true));
}

/** Return the row with the link to what comes after the last ones, if there is more. */
export const moreRows = () => document.querySelector("#items .more-rows");
const addressOf = (more) => more.querySelector("a").getAttribute("href");

/** Show the rows that come after the last ones, which the link in `more` leads to. */
export async function goOn(more) {
  const page = await got(addressOf(more), true);
  if (!more.isConnected) return;
  const nodes = [...page.body.children];
  more.replaceWith(...nodes);
  nodes.forEach(showMoments);
  announce();
}

async function take(chunk, page) {
  const fresh = page.querySelector(".chunk");
  const more = page.querySelector(".more-rows");
  const following = nextChunk(chunk);
  chunk.style.height = "";
  merge(chunk, [...(fresh?.querySelectorAll(".item") ?? [])]);
  if (!more) {
    for (let later = following; later; later = nextChunk(chunk)) later.remove();
    moreRows()?.remove();
  } else if (!following) {
    moreRows()?.remove();
    chunk.after(more);
    showMoments(more);
  } else if (following.dataset.chunk !== addressOf(more)) {
    following.dataset.chunk = addressOf(more);
    if (isFilled(following)) await fillFrom(following);
  }
}

const nextChunk = (chunk) => (chunk.nextElementSibling?.matches(".chunk") ? chunk.nextElementSibling : null);

/** Let a chunk have these rows; a row that is as it was stays the element that it is. */
function merge(chunk, fresh) {
  const before = new Map([...chunk.querySelectorAll(".item")].map((row) => [row.id, row]));
  const now = fresh.map((row) => {
    const old = before.get(row.id);
    return old && (old.dataset.busy || looks(old) === looks(row)) ? old : row;
  });
  const focused = document.activeElement?.closest?.(".item")?.dataset.id;
  const kept = new Set(now);
  for (const row of before.values()) if (!kept.has(row)) row.remove();
  for (const row of now) if (!before.has(row.id)) rowOf(row.dataset.id)?.remove();
  now.forEach((row, position) => {
    if (chunk.children[position] !== row) chunk.insertBefore(row, chunk.children[position] ?? null);
    if (before.get(row.id) !== row) showMoments(row);
  });
  if (focused && !document.activeElement?.closest?.(".item")) rowOf(focused)?.focus({ preventScroll: true });
}

/** Return how the server made a row, without what was done to it here. */
function looks(row) {
  const copy = row.cloneNode(true);
  for (const attribute of ["aria-selected", "tabindex", "class", "draggable"]) copy.removeAttribute(attribute);
  for (const part of copy.querySelectorAll("a, button, input")) part.removeAttribute("tabindex");
  for (const time of copy.querySelectorAll("time")) { time.textContent = ""; time.removeAttribute("title"); }
  return copy.outerHTML;
}
