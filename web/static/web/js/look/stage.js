// What is in a file, in a preview: pictures that grow, texts, and words for what cannot be shown.

/** Enliven a preview that has come into the page. */
export function startStage(preview) {
  const stage = preview.querySelector("[data-stage]");
  const start = { picture: startPicture, text: startText, video: startPlayer, audio: startPlayer }[stage.dataset.stage];
  start?.(preview, stage);
}

/** Show the file anew: it has other content. */
export async function freshen(preview) {
  const { preview: id } = preview.dataset;
  const stage = preview.querySelector("[data-stage]");
  await window.htmx.ajax("GET", `/files/${id}/view`, { target: stage, select: "[data-stage]", swap: "outerHTML" });
  startStage(preview);
}

/** Say that it cannot be shown, and why, if that is known. */
function giveUp(stage, why) {
  for (const part of stage.children) part.hidden = !part.matches(".stage-nothing");
  if (why) stage.querySelector("[data-why]").textContent = why;
}

function startPicture(preview, stage) {
  const full = stage.querySelector(".stage-full");
  const button = preview.querySelector("[data-zoom]");
  const zoom = () => button.setAttribute("aria-pressed", stage.classList.toggle("actual"));
  const ready = () => {
    stage.querySelector(".stage-small")?.remove();
    full.classList.add("clear");
    button.hidden = full.naturalWidth <= full.clientWidth && full.naturalHeight <= full.clientHeight;
    if (!button.hidden) full.addEventListener("click", zoom);
  };
  button.onclick = zoom;
  full.addEventListener("error", () => { if (!stage.querySelector(".stage-small")) giveUp(stage); else full.hidden = true; });
  if (!full.complete) full.addEventListener("load", ready);
  else if (full.naturalWidth) ready();
  else full.dispatchEvent(new Event("error"));
}

async function startText(preview, stage) {
  const place = stage.querySelector("[data-text]");
  const button = preview.querySelector("[data-wrap]");
  place.classList.add("wrapped");
  button.hidden = false;
  button.onclick = () => button.setAttribute("aria-pressed", place.classList.toggle("wrapped"));
  try {
    const { showText } = await import("./text.js");
    if (!(await showText(place))) giveUp(stage);
  } catch (error) {
    giveUp(stage, error.message);
  }
}

function startPlayer(preview, stage) {
  const player = stage.querySelector("video, audio");
  player.addEventListener("error", () => giveUp(stage));
  if (player.error) giveUp(stage);
}
