// A payment that is being checked: asked for again and again, ever more rarely, and not for ever.
import { token } from "./api.js";
import { showMoments } from "./when.js";

const FIRST = 2000; // milliseconds; the server asks no more often
const LONGEST = 10_000;
const PATIENCE = 120_000;
const place = document.getElementById("outcome");

/** Ask once; show how it came out if that is new. Return the address to ask again, "" once it is known. */
async function look(address) {
  const headers = { "HX-Request": "true", "X-CSRFToken": token() };
  const answer = await fetch(address, { method: "POST", headers }).catch(() => null);
  const said = answer ? document.createRange().createContextualFragment(await answer.text()) : null;
  const found = said?.querySelector("[data-outcome]");
  if (!found) return address; // the next time, maybe
  if (found.dataset.outcome !== place.firstElementChild.dataset.outcome) {
    place.replaceChildren(found);
    showMoments(place);
    if (found.dataset.outcome === "paid") showRoom();
  }
  return found.dataset.check ?? "";
}

/** Show at the side how much room there is now. */
async function showRoom() {
  const answer = await fetch(location.href).catch(() => null);
  const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
  const [room, now] = [document, page].map((each) => each.querySelector(".room"));
  if (now) room?.replaceWith(now);
}

async function wait(address) {
  const begun = Date.now();
  for (let pause = FIRST; address && Date.now() - begun < PATIENCE; pause = Math.min(LONGEST, pause * 1.4)) {
    if (!document.hidden) address = await look(address);
    if (address) await new Promise((done) => setTimeout(done, pause));
  }
  place.querySelector("[data-late]")?.removeAttribute("hidden");
}

if (place?.firstElementChild?.dataset.check) wait(place.firstElementChild.dataset.check);
