// Putting files into the folder of a link: by dropping or choosing them, a few at a time, each with its progress. They go
// by the tus client of the pages, through the doors of the link, so a lost network costs nothing that has arrived.
import { call } from "../api.js";
import { counted } from "../i18n.js";
import { chosen, dropped } from "../upload/gather.js";
import { isJunk, whyNot } from "../upload/names.js";
import { giveUp, send } from "../upload/tus.js";
import { lineOf } from "./lines.js";

const AT_ONCE = 3; // files
const zone = document.querySelector("[data-drop-into]");
const waiting = [];
const folders = new Map(); // path -> id, or the promise of it
let running = 0;
let sent = 0;

const door = () => zone.closest("[data-door]").dataset.door;

/** Return the id of the folder at a path below that of the link, which is made if it is new. */
function folderAt(path) {
  if (path.length === 0) return zone.dataset.dropInto;
  const key = path.join("/");
  if (!folders.has(key)) folders.set(key, makeFolder(path).catch((error) => { folders.delete(key); throw error; }));
  return folders.get(key);
}

async function makeFolder(path) {
  const above = await folderAt(path.slice(0, -1));
  const made = await call("POST", `${door()}/folders/${above}/?on_conflict=rename`, { name: path.at(-1) });
  return made.id;
}

async function sendOne({ file, path, line }) {
  const control = new AbortController();
  let address = "";
  line.begins(() => control.abort("stopped"));
  try {
    const why = whyNot(file.name);
    if (why) throw new Error(why);
    const folder = await folderAt(path);
    const told = { at: (now) => { address = now; }, sent: (bytes) => line.has(bytes / (file.size || 1)), waits: () => line.waits() };
    const begin = { folder, name: file.name, onConflict: "rename" };
    await send(file, { begin, door: `/api/v1/${door()}/uploads/`, signal: control.signal, told });
    line.done();
    sent += 1;
  } catch (error) {
    if (address) giveUp(address).catch(() => {});
    line.failed(control.signal.aborted ? gettext("Stopped") : error.message, () => queue([{ file, path, line }]));
  }
}

function pump() {
  while (running < AT_ONCE && waiting.length) {
    running += 1;
    sendOne(waiting.shift()).finally(() => { running -= 1; pump(); });
  }
  if (running === 0 && waiting.length === 0) tell();
}

function tell() {
  if (!sent) return;
  document.querySelector("[data-said]").textContent = counted("%(count)s file was sent.", "%(count)s files were sent.", sent);
  document.dispatchEvent(new CustomEvent("cloudbox:changed"));
}

function queue(items) {
  waiting.push(...items);
  pump();
}

function take(gathered) {
  const files = gathered.filter(({ file }) => file && !isJunk(file.name));
  queue(files.map(({ file, path }) => ({ file, path, line: lineOf(file.name) })));
}

/** Show what a folder contains now, unless something is still to be read of what went wrong. */
function showAll() {
  const isFolder = document.querySelector(".browser-head") !== null;
  if (isFolder && !running && !document.querySelector(".sent .bad")) location.reload();
}

function begin() {
  const input = zone.querySelector('input[type="file"]');
  input.addEventListener("change", () => { const files = chosen(input.files); input.value = ""; take(files); });
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    dropped(event.dataTransfer).then(take);
  });
  window.addEventListener("beforeunload", (event) => { if (running) event.preventDefault(); });
  document.addEventListener("cloudbox:changed", showAll);
}

if (zone) begin();
