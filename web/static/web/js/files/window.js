// Endless lists that stay light: at most ten chunks have rows; the others keep their height, and get their rows again
// when they come near.
import { complain } from "../toasts.js";
import { chunks, emptyChunk, fill, goOn, isFilled, moreRows } from "./list.js";

const MOST = 10; // chunks of fifty rows
const NEAR = 1500; // pixels

const filling = new Set();

/** Return how far an element is from what can be seen, in pixels. */
function distance(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return Math.max(0, top - innerHeight, -bottom);
}

/** Empty the chunks that are farthest away; what has the focus or is being changed stays. */
function lighten() {
  const filled = chunks().filter(isFilled);
  const far = filled.filter((chunk) => !chunk.contains(document.activeElement) && !chunk.querySelector("[data-busy]") && distance(chunk) > NEAR);
  far.sort((a, b) => distance(b) - distance(a));
  far.slice(0, Math.max(0, filled.length - MOST)).forEach(emptyChunk);
}

async function work(element, act) {
  if (filling.has(element)) return;
  filling.add(element);
  try {
    await act(element);
  } catch (error) {
    complain(error);
  } finally {
    filling.delete(element);
  }
}

let waits = false;

/** Get what comes near: the rows of emptied chunks, and those that go on. */
function look() {
  if (waits) return;
  waits = true;
  requestAnimationFrame(() => {
    waits = false;
    for (const chunk of chunks()) if (!isFilled(chunk) && distance(chunk) <= NEAR) work(chunk, fill);
    const more = moreRows();
    if (more && distance(more) <= NEAR) work(more, goOn);
  });
}

export function startWindow() {
  document.addEventListener("scroll", look, { passive: true });
  addEventListener("resize", look);
  document.addEventListener("cloudbox:rows", () => { lighten(); look(); });
  document.addEventListener("click", (event) => {
    const more = event.target.closest(".more-rows");
    if (!more) return;
    event.preventDefault();
    work(more, goOn);
  });
  look();
}
