// The news, live. One tab of the browser listens to the server and tells the others; each hears every event as
// `cloudbox:event` on document, with {id, kind, at, actor, target, facts}, or with the kind `reset` when some were missed;
// `cloudbox:listening` says that what happened before, since the page was made, will not be heard.
// While the server has no place for a listener, it is asked now and then. A tab that is hidden for long stops, and goes
// on once it is seen.
import { eventsIn } from "./stream.js";

const ADDRESS = "/api/v1/events";
const FIRST_WAIT = 2_000; // milliseconds until one tries again; doubled up to the longest
const LONGEST_WAIT = 60_000;
const SETTLED = 1_500; // milliseconds that a page is open before it listens: whoever only passes takes no place
const HIDDEN = 300_000; // milliseconds that a hidden tab goes on
const OVER = [401, 403, 404]; // signed out, or not for us

const others = new BroadcastChannel("cloudbox-events");
let last = ""; // the id of the newest event that was heard
let listening = null; // what ends it
let hiding = 0; // the timer of a hidden tab
let settling = 0; // that of a new page

export function hearNews() {
  others.addEventListener("message", ({ data }) => hand(data));
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(end, HIDDEN);
    else begin();
  });
  window.addEventListener("online", begin);
  window.addEventListener("offline", end);
  window.addEventListener("pagehide", end);
  window.addEventListener("pageshow", () => { settling = setTimeout(begin, SETTLED); });
}

function begin() {
  if (listening || document.hidden || !navigator.onLine) return;
  listening = new AbortController();
  const { signal } = listening;
  // Where there are no locks (plain HTTP), every tab that is seen listens for itself.
  const turn = navigator.locks
    ? navigator.locks.request("cloudbox-events", { signal }, () => listen(signal))
    : listen(signal);
  turn.catch(() => {}); // it was ended while it waited for its turn
}

function end() {
  clearTimeout(settling);
  listening?.abort();
  listening = null;
}

function hand(event) {
  last = event.id || last;
  document.dispatchEvent(new CustomEvent("cloudbox:event", { detail: event }));
}

function tell(event) {
  hand(event);
  others.postMessage(event);
}

/** Listen until it is ended, or the server says that it is over. */
async function listen(signal) {
  let wait = FIRST_WAIT;
  while (!signal.aborted) {
    const began = Date.now();
    const status = await follow(signal);
    if (OVER.includes(status)) return;
    if (status === 503) await poll(signal);
    wait = Date.now() - began > LONGEST_WAIT ? FIRST_WAIT : Math.min(wait * 2, LONGEST_WAIT);
    await pause(wait * (0.5 + Math.random() / 2), signal);
  }
}

/** Hear what comes until the answer ends. Return its status, 0 without one. */
async function follow(signal) {
  const headers = { Accept: "text/event-stream", ...(last && { "Last-Event-ID": last }) };
  try {
    const answer = await fetch(ADDRESS, { headers, signal, cache: "no-store" });
    if (!answer.ok) return answer.status;
    if (!last) document.dispatchEvent(new Event("cloudbox:listening"));
    for await (const { id, event, data } of eventsIn(answer.body)) {
      last = id ?? last;
      if (data) tell(event === "reset" ? { kind: "reset" } : shapeOf(data));
    }
    return answer.status;
  } catch {
    return 0; // the network went, or it was ended
  }
}

/** Return an event as its listeners want it; `target_id` and `folder_id` say where in the tree. */
function shapeOf({ id, type: kind, timestamp: at, data }) {
  return { id: String(id), kind, at, ...data, target_id: data.target?.id, folder_id: data.facts.folder_id };
}

/** Ask once for what has happened since. */
async function poll(signal) {
  try {
    const answer = await fetch(`${ADDRESS}?poll=1${last && `&after=${last}`}`, { signal, cache: "no-store" });
    if (!answer.ok) return;
    const page = await answer.json();
    if (page.reset) tell({ kind: "reset" });
    page.items.map(shapeOf).forEach(tell);
    last = String(page.next);
  } catch {
    // The next time it may be there again.
  }
}

const pause = (milliseconds, signal) => new Promise((done) => {
  const timer = setTimeout(done, milliseconds);
  signal.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
});
