// The preview and the details of a file as pages of their own.
import "./side.js";
import { closeOne, startPreview, stepBy } from "./preview.js";

const preview = document.querySelector(".preview");

function follow(event) {
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") closeOne(preview) || preview.querySelector("[data-close]").click();
  else stepBy(preview, event);
}

if (preview) {
  startPreview(preview);
  document.addEventListener("keydown", follow);
}
