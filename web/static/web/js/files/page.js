// The lists of files. Each module enlivens one side of them; the list itself is the server's.
import { startBar } from "./bar.js";
import { startKeys } from "./keys.js";
import { startMenus } from "./menus.js";
import { startSelection } from "./selection.js";
// What can be done: each of these registers its actions, see actions.js.
import "./opening.js";
import "./favourites.js";
import "./undo.js";
import "../upload/page.js";

startBar();
startSelection();
startKeys();
startMenus();
