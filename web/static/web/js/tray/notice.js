// What stands above the rows of the tray when somebody has to do something before it goes on.
import { counted, said } from "../i18n.js";
import { planAddress } from "../plan.js";
import { forgetLost, lost } from "../upload/resuming.js";
import { queue } from "../upload/uploads.js";
import { asText } from "../when.js";

const box = document.querySelector("#tray [data-notice]");

const NOTICES = {
  full: () => ({
    words: gettext("There is no room left, so the uploads wait. Make room and resume them."),
    ways: [{ label: gettext("What eats my space?"), href: "/account/usage" }, ...moreRoom()],
  }),
  expired: () => (since() ? {
    words: said(gettext("The room of your pack ended on %(date)s, so the uploads wait. You can read, download, share and delete; get a new pack to add files."), { date: since() }),
    ways: [...moreRoom(), { label: gettext("What eats my space?"), href: "/account/usage" }],
  } : {
    words: gettext("Nothing can be added here for now: what the owner of the folder paid for has ended. The uploads wait."),
    ways: [],
  }),
  "signed-out": () => ({
    words: gettext("You are signed out, so the uploads wait. They go on where they were once you have signed in."),
    ways: [{ label: gettext("Sign in"), href: `/login?next=${encodeURIComponent(location.pathname)}` }],
  }),
  lost: () => ({
    words: counted(
      "%(count)s file had not begun when the page was left. Choose it again; what is there already is skipped if you say so.",
      "%(count)s files had not begun when the page was left. Choose them again; what is there already is skipped if you say so.",
      lost.count,
    ),
    ways: [{ label: gettext("I know"), act: forgetLost }],
  }),
};

/** Since when what one paid for has ended; "" where that is somebody else's matter. */
function since() {
  const at = queue.heldBy?.problem.expired_at;
  return at ? asText(new Date(at), "date") : "";
}

const moreRoom = () => (planAddress() ? [{ label: gettext("Get more room"), href: planAddress() }] : []);

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
    const { words, ways } = NOTICES[name]();
    box.querySelector("[data-words]").textContent = words;
    box.querySelector("[data-ways]").replaceChildren(...ways.map(buttonOf));
  },
};

function buttonOf(way) {
  const button = document.createElement(way.href ? "a" : "button");
  button.className = "button";
  button.textContent = way.label;
  if (way.href) button.href = way.href;
  else button.addEventListener("click", () => { way.act(); box.hidden = true; shown = ""; });
  return button;
}
