// One preview, be it a page or over a list: its stage, its star, and the details beside it.
import { call } from "../api.js";
import { openDialogFrom } from "../dialogs.js";
import { complain } from "../toasts.js";
import { closeSide, openSide } from "./side.js";
import { startStage } from "./stage.js";

/** Enliven a preview. `onStar(id, liked)` is told when its star was changed. */
export function startPreview(preview, { onStar = () => {} } = {}) {
  startStage(preview);
  startStar(preview, onStar);
  startDetails(preview);
}

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
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-share]");
  if (!button) return;
  const id = button.dataset.share || button.closest("[data-preview]").dataset.preview;
  openDialogFrom(`/files/${id}/share`).catch(complain);
});
