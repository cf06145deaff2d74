// The tray: uploads of this page and jobs of the server. start.js brings it when there are any.
import { counted } from "../i18n.js";
import { icon } from "../icons.js";
import { complain } from "../toasts.js";
import { goOn, chooseAgain, restore } from "../upload/resuming.js";
import { queue } from "../upload/uploads.js";
import { notice } from "./notice.js";
import { Rows } from "./rows.js";
import { jobs } from "./jobs.js";
import { figuresOf, rowsOf, sumOf, titleOf } from "./uploads.js";

const EVERY = 250; // milliseconds between two looks
const TOLD_EVERY = 1500; // milliseconds between two words to the lists of files
const COLLAPSED = "cloudbox-tray-collapsed";

const tray = document.getElementById("tray");
const part = (name) => tray.querySelector(`[data-${name}]`);
const uploadRows = new Rows(tray.querySelector('[data-rows="uploads"]'));
const jobRows = new Rows(tray.querySelector('[data-rows="jobs"]'));
let drawing = 0;
let isClosed = false;
let announced = "";

function draw() {
  drawing = 0;
  const figures = figuresOf(queue.items);
  const { rows, more } = rowsOf(queue.items, queue.held);
  uploadRows.show(rows);
  jobRows.show(jobs.rows());
  notice.show(figures);
  drawHead(figures);
  part("more").hidden = !more;
  part("more").textContent = counted("and %(count)s more file", "and %(count)s more files", more);
  const isThere = figures.files + jobs.rows().length > 0 || notice.isShown;
  tray.hidden = !isThere || isClosed;
  drawCount(figures.active + figures.paused + figures.interrupted + jobs.unfinished);
  if (figures.running) later();
}

function drawHead(figures) {
  const isAtWork = figures.active + figures.paused > 0;
  const title = figures.files || !jobs.rows().length ? titleOf(figures, queue.held) : jobs.title();
  if (part("title").textContent !== title) part("title").textContent = title;
  part("sum").textContent = isAtWork ? sumOf(figures) : "";
  part("total").hidden = !isAtWork;
  part("total").value = figures.bytes ? figures.sent / figures.bytes : 0;
  part("all").hidden = !(isAtWork || figures.failed || figures.interrupted > 1);
  act("pause-all").hidden = Boolean(queue.held) || !figures.active;
  act("resume-all").hidden = !(queue.held || figures.paused);
  act("retry-all").hidden = !queue.items.some((item) => item.state === "failed" && !item.isFinal);
  announce(figures, title);
}

const act = (name) => tray.querySelector(`[data-tray="${name}"]`);

/** Say with few words to those who do not see it: what begins, what stops, what is done. */
function announce(figures, title) {
  const state = [queue.held, figures.failed, figures.active > 0, figures.interrupted].join();
  if (state === announced) return;
  announced = state;
  document.getElementById("tray-said").textContent = figures.files ? title : "";
}

function drawCount(count) {
  const badge = document.querySelector("[data-tray-button] [data-count]");
  if (!badge) return;
  badge.hidden = !count;
  badge.textContent = count > 99 ? "99+" : count;
}

function later() {
  drawing ||= setTimeout(draw, EVERY);
}

function collapse(isCollapsed) {
  tray.classList.toggle("collapsed", isCollapsed);
  const toggle = act("toggle");
  toggle.setAttribute("aria-expanded", String(!isCollapsed));
  toggle.replaceChildren(icon(isCollapsed ? "up" : "down"));
  localStorage.setItem(COLLAPSED, isCollapsed ? "1" : "");
}

const onAll = {
  toggle: () => collapse(!tray.classList.contains("collapsed")),
  close: close,
  "pause-all": () => queue.hold(),
  "resume-all": () => queue.release(),
  "retry-all": () => queue.retryFailed(),
  "cancel-all": () => queue.cancelAll(),
};
const onOne = {
  pause: (item) => queue.pause(item),
  resume: goOn,
  choose: chooseAgain,
  cancel: (item) => {
    part("title").focus();
    return queue.cancel(item);
  },
};

function close() {
  queue.clear();
  jobs.clear();
  isClosed = true;
  document.querySelector("[data-tray-button]")?.focus();
  draw();
}

// What has arrived appears in the lists; not one by one where a thousand arrive.
const arrived = new Set();
let telling = 0;

function tellSoon(folder) {
  arrived.add(folder);
  telling ||= setTimeout(() => {
    telling = 0;
    document.dispatchEvent(new CustomEvent("cloudbox:changed", { detail: { folders: [...arrived] } }));
    arrived.clear();
  }, TOLD_EVERY);
}

tray.addEventListener("click", (event) => {
  const name = event.target.closest("[data-tray]")?.dataset.tray;
  const key = event.target.closest(".tray-row")?.dataset.key;
  if (onAll[name]) onAll[name]();
  else if (name === "cancel-job") jobs.cancel(key);
  else if (name) onOne[name]?.(queue.items.find((item) => item.id === key));
});
document.querySelector("[data-tray-button]")?.addEventListener("click", (event) => {
  if (!queue.items.length && !jobs.rows().length) return; // the page of jobs has more
  event.preventDefault();
  isClosed = false;
  collapse(false);
  draw();
  part("title").focus();
});

let before = 0;
queue.addEventListener("change", () => {
  if (queue.items.length > before) isClosed = false; // what is new is shown
  before = queue.items.length;
  later();
});
queue.addEventListener("trouble", () => { isClosed = false; });
queue.addEventListener("refused", ({ detail: { name, error } }) => complain(new Error(`${name}: ${error.message}`)));
queue.addEventListener("done", ({ detail: item }) => tellSoon(item.place.id));
jobs.addEventListener("change", later);
jobs.addEventListener("begun", () => { isClosed = false; });

// Files that the browser finds again by itself go on after a reload; for the others somebody is asked to stay.
window.addEventListener("beforeunload", (event) => {
  if (queue.unfinished.some((item) => !item.handle && item.state !== "interrupted")) event.preventDefault();
});

collapse(Boolean(localStorage.getItem(COLLAPSED)));
restore().then(later);
if (Number(tray.dataset.jobs)) jobs.look();

export { jobs };
