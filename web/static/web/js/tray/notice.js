// What stands above the rows of the tray when somebody has to do something before it goes on.
import { counted } from "../i18n.js";
import { forgetLost, lost } from "../upload/resuming.js";
import { queue } from "../upload/uploads.js";

const box = document.querySelector("#tray [data-notice]");

const NOTICES = {
  full: () => ({
    words: gettext("There is no room left, so the uploads wait. Make room and resume them."),
    way: { label: gettext("What eats my space?"), href: "/account/usage" },
  }),
  "signed-out": () => ({
    words: gettext("You are signed out, so the uploads wait. They go on where they were once you have signed in."),
    way: { label: gettext("Sign in"), href: `/login?next=${encodeURIComponent(location.pathname)}` },
  }),
  lost: () => ({
    words: counted(
      "%(count)s file had not begun when the page was left. Choose it again; what is there already is skipped if you say so.",
      "%(count)s files had not begun when the page was left. Choose them again; what is there already is skipped if you say so.",
      lost.count,
    ),
    way: { label: gettext("I know"), act: forgetLost },
  }),
};

let shown = "";

export const notice = {
  get isShown() {
    return !box.hidden;
  },
  show() {
    const name = NOTICES[queue.held] ? queue.held : lost.count ? "lost" : "";
    box.hidden = !name;
    if (!name || shown === name + lost.count) return;
    shown = name + lost.count;
    const { words, way } = NOTICES[name]();
    box.querySelector("[data-words]").textContent = words;
    const button = document.createElement(way.href ? "a" : "button");
    button.className = "button";
    button.textContent = way.label;
    if (way.href) button.href = way.href;
    else button.addEventListener("click", () => { way.act(); box.hidden = true; shown = ""; });
    box.querySelector("[data-ways]").replaceChildren(button);
  },
};
