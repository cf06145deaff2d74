// One preview, be it a page or over a list: its stage, its star, and the details beside it.
import { call } from "../api.js";
import { complain } from "../toasts.js";
import { closeSide, openSide } from "./side.js";
import { freshen, startStage } from "./stage.js";

const SWIPE = 60; // pixels

/** Enliven a preview. `onStar(id, liked)` is told when its star was changed. */
export function startPreview(preview, { onStar = () => {} } = {}) {
  startStage(preview);
  startStar(preview, onStar);
  startDetails(preview);
  startSwipes(preview);
}

/** Let a finger that wipes over the file go on to the next one, where it moves nothing else. */
function startSwipes(preview) {
  let from = null;
  preview.addEventListener("touchstart", ({ touches, target }) => {
    const moves = touches.length > 1 || target.closest("video, audio, .stage-text, .actual, .side, header");
    from = moves ? null : touches[0];
  }, { passive: true });
  preview.addEventListener("touchend", ({ changedTouches: [to] }) => {
    if (!from) return;
    const [x, y] = [to.clientX - from.clientX, to.clientY - from.clientY];
    if (Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(y)) step(preview, x < 0 ? 1 : -1);
  }, { passive: true });
}

const step = (preview, way) => preview.querySelector(`[data-step="${way}"]:not([hidden])`)?.click();

function startStar(preview, onStar) {
  const button = preview.querySelector("[data-star]");
  const { preview: id } = preview.dataset;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const liked = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", liked);
    try {
      await call(liked ? "PUT" : "DELETE", `store/assets/${id}/favourite/`);
      onStar(id, liked);
    } catch (error) {
      button.setAttribute("aria-pressed", !liked);
      complain(error);
    }
  });
}

function startDetails(preview) {
  const link = preview.querySelector("[data-details]");
  const panel = preview.querySelector(".side");
  const toggle = (open) => {
    link.setAttribute("aria-expanded", open);
    if (open) return openSide(panel, preview, link.getAttribute("href"));
    closeSide(panel, preview);
    return link.focus();
  };
  link.setAttribute("role", "button");
  link.setAttribute("aria-expanded", "false");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    toggle(panel.hidden);
  });
  panel.addEventListener("click", (event) => { if (event.target.closest("[data-close-side]")) toggle(false); });
  panel.addEventListener("cloudbox:changed", () => freshen(preview).catch(complain));
}

/** Close the details of a preview; say whether they were open. */
export function closeOne(preview) {
  const open = preview.querySelector(".side:not([hidden])");
  open?.querySelector("[data-close-side]")?.click();
  return open !== null;
}

/** Go to the file before or after this one, if that is what a key says here. */
export function stepBy(preview, event) {
  const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!way || event.target.closest("input, select, textarea, video, audio, .stage-text, .actual, .side")) return;
  step(preview, way);
}
