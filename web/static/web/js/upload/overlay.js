// What a page shows while files are dragged over it: that it takes them, and where they would go.
import { said } from "../i18n.js";

let sheet = null;
let marked = null;

function made() {
  sheet = document.createElement("div");
  sheet.className = "drop-overlay";
  sheet.setAttribute("aria-hidden", "true");
  sheet.append(document.createElement("p"));
  document.body.append(sheet);
  return sheet;
}

export const overlay = {
  show(place, over) {
    (sheet ?? made()).hidden = false;
    sheet.firstElementChild.textContent = said(gettext("Drop to upload into “%(name)s”"), { name: place.name });
    if (marked !== over) {
      marked?.classList.remove("over");
      marked = over;
      marked?.classList.add("over");
    }
  },
  hide() {
    if (sheet) sheet.hidden = true;
    marked?.classList.remove("over");
    marked = null;
  },
};
