// A payment that is being checked: asked for again and again, ever more rarely, and not for ever.
import { token } from "./api.js";
import { showMoments } from "./when.js";

const FIRST = 1500; // milliseconds
const LONGEST = 10_000;
const PATIENCE = 120_000;
const place = document.getElementById("outcome");

/** Ask once; show how it came out if that is new. Return the address to ask again, "" once it is known. */
async function look(address) {
  const headers = { "HX-Request": "true", "X-CSRFToken": token() };
  const answer = await fetch(address, { method: "POST", headers }).catch(() => null);
  if (!answer?.ok) return address; // the next time, maybe
  const found = document.createRange().createContextualFragment(await answer.text()).firstElementChild;
  if (found.dataset.outcome !== place.firstElementChild.dataset.outcome) {
    place.replaceChildren(found);
    showMoments(place);
  }
  return found.dataset.check ?? "";
}

async function wait(address) {
  const begun = Date.now();
  for (let pause = FIRST; address && Date.now() - begun < PATIENCE; pause = Math.min(LONGEST, pause * 1.4)) {
    await new Promise((done) => setTimeout(done, pause));
    if (!document.hidden) address = await look(address);
  }
  place.querySelector("[data-late]")?.removeAttribute("hidden");
}

if (place?.firstElementChild?.dataset.check) wait(place.firstElementChild.dataset.check);
