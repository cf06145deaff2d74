// A finger that stays on an item chooses it; further taps choose more, until nothing is chosen.
import { toggle } from "./selection.js";

const LONG = 500; // milliseconds
const STILL = 10; // pixels that a finger may move meanwhile

export function startTouch() {
  const place = document.getElementById("browser");
  let timer = null;
  let from = null;
  let chose = false; // so that lifting the finger does not open what it has chosen
  const forget = () => { clearTimeout(timer); };
  place.addEventListener("pointerdown", (event) => {
    chose = false;
    const row = event.pointerType === "touch" && event.target.closest(".item");
    if (!row || event.target.closest("[data-menu], .item-pick, .renaming")) return;
    from = event;
    timer = setTimeout(() => {
      chose = true;
      toggle(row);
      navigator.vibrate?.(10);
    }, LONG);
  });
  place.addEventListener("pointermove", (event) => {
    if (from && Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > STILL) forget();
  });
  for (const end of ["pointerup", "pointercancel"]) place.addEventListener(end, forget);
  place.addEventListener("click", (event) => {
    if (!chose) return;
    chose = false;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });
}
