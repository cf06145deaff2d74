// The bell: how many notifications are new, the latest in its menu, and a toast for what matters.
import { call, token } from "./api.js";
import { headDays } from "./days.js";
import { counted } from "./i18n.js";
import { toast } from "./toasts.js";
import { showMoments } from "./when.js";

const TELLING = ["notifications_changed", "reset"];
const FRESH = 120_000; // milliseconds; what is older is no longer said at once
const said = new Set(); // ids of what a toast has told
const bell = document.getElementById("bell");
let unread = Number(bell?.dataset.unread);

export function ringTheBell() {
  bell.addEventListener("toggle", () => { if (bell.open) refresh(); });
  document.addEventListener("cloudbox:event", (event) => { if (TELLING.includes(event.detail.kind)) refresh({ aloud: true }); });
  document.addEventListener("cloudbox:listening", async () => {
    const answer = await call("GET", "notifications/unread").catch(() => null);
    if (answer && answer.unread !== unread) refresh({ aloud: true });
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".note.unread a");
    if (link) markInPassing(link.closest(".note").dataset.note);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".note form")) return;
    event.preventDefault();
    mark(event.target.closest(".note"));
  });
}

/** Fetch the latest and how many are new; say what matters `aloud`, if somebody looks at this page. */
async function refresh({ aloud = false } = {}) {
  const latest = await fetchLatest();
  if (!latest) return;
  showCount(Number(latest.dataset.unread));
  document.getElementById("latest").replaceChildren(latest);
  showMoments(latest);
  showInList(latest);
  if (aloud && document.visibilityState === "visible") say(latest);
}

async function fetchLatest() {
  try {
    const answer = await fetch(bell.dataset.latest, { headers: { "X-CSRFToken": token() } });
    if (!answer.ok || answer.redirected) return null; // a session that has ended leads to the login
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return document.adoptNode(page.querySelector("[data-unread]"));
  } catch {
    return null; // the network is away; the next news asks again
  }
}

/** Put what is new on top of the list, if this is its page. */
function showInList(latest) {
  const list = document.querySelector("[data-days] .notes");
  if (!list) return;
  for (const note of [...latest.querySelectorAll(".note")].reverse()) {
    const shown = list.querySelector(`[data-note="${note.dataset.note}"]`);
    const isSame = shown?.className === note.className && shown.textContent === note.textContent;
    if (isSame || shown?.contains(document.activeElement)) continue;
    shown?.remove();
    list.prepend(note.cloneNode(true));
  }
  headDays(document);
}

function say(latest) {
  for (const note of latest.querySelectorAll(".note.unread[data-important]")) {
    const age = Date.now() - new Date(note.querySelector("time").dateTime);
    if (said.has(note.dataset.note) || age > FRESH) continue;
    said.add(note.dataset.note);
    const link = note.querySelector("a");
    const action = link && { label: gettext("Show"), act: () => link.click() };
    toast(note.querySelector(".note-sentence").textContent, { action });
  }
}

function showCount(number) {
  unread = number;
  const count = bell.querySelector(".count");
  count.textContent = unread > 99 ? "99+" : String(unread);
  count.hidden = !unread;
  const name = unread
    ? counted("Notifications, %(count)s new", "Notifications, %(count)s new", unread)
    : gettext("Notifications");
  bell.querySelector("summary").setAttribute("aria-label", name);
}

/** Mark one as read whose link is being followed: the call outlives this page. */
function markInPassing(id) {
  const headers = { "X-CSRFToken": token(), "Content-Type": "application/json" };
  const body = JSON.stringify({ ids: [Number(id)] });
  fetch("/api/v1/notifications/read", { method: "POST", headers, body, keepalive: true }).catch(() => {});
}

async function mark(note) {
  const left = await call("POST", "notifications/read", { ids: [Number(note.dataset.note)] });
  showCount(left.unread);
  const buttons = [...document.querySelectorAll(".note form button")];
  const next = buttons[buttons.indexOf(note.querySelector("form button")) + 1];
  note.classList.remove("unread");
  note.querySelector("form").remove();
  note.querySelector(".unseen")?.remove();
  (next ?? document.getElementById("main")).focus();
}
