// The lists of files. Each module enlivens one side of them; the list itself is the server's.
import { startBar } from "./bar.js";
import { startDragging } from "./dragging.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startMenus } from "./menus.js";
import { startSelection } from "./selection.js";
import { startTouch } from "./touch.js";
import { startWindow } from "./window.js";
// What can be done: each of these registers its actions, see actions.js.
import "./bringing.js";
import "./deleting.js";
import "./details.js";
import "./favourites.js";
import "./filters.js";
import "./making.js";
import "./opening.js";
import "./preview.js";
import "./sharing.js";
import "./undo.js";
import "./download.js";
import "../upload/page.js";

startBar();
startSelection();
startKeys();
startMenus();
startTouch();
if (matchMedia("(pointer: fine)").matches) startDragging(); // a finger that stays would drag, not choose
startWindow();
startLive();

// What is done with a choice is fetched with the first one, so that it is there when it is wanted.
document.addEventListener("cloudbox:selection", () => {
  for (const module of ["renaming", "removing", "placing"]) import(`./${module}.js`).catch(() => {}); // then later
}, { once: true });
