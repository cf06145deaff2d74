// The one queue of this page, and the way into it.
import { call } from "../api.js";
import { toast } from "../toasts.js";
import { askAboutName, askAboutRoom } from "./asking.js";
import { goesOn } from "./items.js";
import { Queue } from "./queue.js";

const tray = document.getElementById("tray");
const me = tray.dataset.user;

export const queue = new Queue(me);
queue.decide = askAboutName;

/** Upload what was gathered into the folder `place` ({id, name}); what was interrupted there goes on. */
export async function receive(gathered, place, answer = "") {
  const rest = gathered.filter((one) => !(one.file && takeUp(one, place)));
  if (!rest.length) {
    if (!gathered.length) toast(gettext("There is nothing in it to upload."));
    return;
  }
  const fitting = await thatFit(rest, place);
  if (fitting.length) await queue.add(fitting, place, answer);
}

function takeUp(one, place) {
  const item = queue.items.find((other) => goesOn(other, one, place));
  if (item) queue.resume(item, one.file);
  return Boolean(item);
}

/** Return what there is room for, after asking where that is not all. Of somebody else's folder nobody can tell here. */
async function thatFit(gathered, place) {
  const needed = gathered.reduce((sum, { file }) => sum + (file?.size ?? 0), 0);
  try {
    const [folder, usage] = await Promise.all([call("GET", `store/folders/${place.id}/`), call("GET", "account/usage/")]);
    const free = usage.free - waitingIn();
    if (folder.owner.id !== me || needed <= free) return gathered;
    return await askAboutRoom(gathered, { needed, free: Math.max(0, free), usage });
  } catch {
    return gathered; // what is wrong is told by the upload itself
  }
}

/** Return how many bytes wait here whose room is not reserved yet. */
const waitingIn = () => queue.unfinished.filter((item) => !item.address).reduce((sum, item) => sum + item.size, 0);
