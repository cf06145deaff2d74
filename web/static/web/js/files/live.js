// The list follows what happens elsewhere: in other parts of the page, in other tabs, by other people.
import { Unreachable } from "../api.js";
import { here, refresh } from "./list.js";

const PAUSE = 1000; // milliseconds between two refreshes, however much happens
const STALE = 15000; // milliseconds away after which coming back is a reason to look

let timer = null;
let left = 0;

function refreshSoon() {
  timer ??= setTimeout(async () => {
    timer = null;
    if (document.hidden) { left = 0; return; } // upon coming back
    try {
      await refresh();
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error; // the next occasion comes
    }
  }, PAUSE);
}

/** Say whether a piece of news, as js/events.js hands it on, is about something in this list. */
function concerns({ kind, target, target_id: id, folder_id: place }) {
  if (kind === "reset") return true;
  if (!["file", "folder"].includes(target?.kind)) return false;
  const { folder } = here();
  return !folder || [place, id].includes(folder) || Boolean(document.getElementById(`item-${id}`));
}

export function startLive() {
  document.addEventListener("cloudbox:changed", refreshSoon);
  document.addEventListener("cloudbox:event", (event) => { if (concerns(event.detail)) refreshSoon(); });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) left = Date.now();
    else if (Date.now() - left > STALE) refreshSoon();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) refreshSoon(); });
}
