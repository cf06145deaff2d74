// The preview and the details of a file as pages of their own.
import "./side.js";
import { startPreview } from "./preview.js";

const preview = document.querySelector(".preview");
if (preview) startPreview(preview);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !preview || document.querySelector("dialog[open]")) return;
  preview.querySelector("[data-close]").click();
});
