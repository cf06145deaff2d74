// The bar over a choice: how much is chosen, and what can be done with all of it.
import { icon } from "../icons.js";
import { counted } from "../i18n.js";
import { complain } from "../toasts.js";
import { actionsFor, iconOf, labelOf, perform } from "./actions.js";
import { allItems, goOn, moreRows } from "./list.js";
import { choose, chooseNone, chosen } from "./selection.js";

const bar = () => document.getElementById("selection");

export function startBar() {
  document.addEventListener("cloudbox:selection", (event) => show(event.detail.items));
  addEventListener("resize", fit);
  bar().addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const buttons = [...bar().querySelectorAll("button")];
    if (step) buttons.at((buttons.indexOf(document.activeElement) + step) % buttons.length).focus();
  });
  bar().querySelector("[data-act=choose-none]").addEventListener("click", chooseNone);
}

function show(items) {
  const box = bar();
  box.hidden = items.length === 0;
  document.body.classList.toggle("has-selection", items.length > 0);
  for (const old of box.querySelectorAll("[data-made]")) old.remove();
  box.querySelector("[data-chosen]").textContent = items.length ? counted("%(count)s chosen", "%(count)s chosen", items.length) : "";
  if (items.length > 1 && items.length === allItems().length && moreRows()) box.append(rest());
  box.append(...actionsFor(items).filter((one) => one.bar).map((one) => button(one, items)));
  fit();
}

/** Show the labels of the buttons only where there is room for all of them. */
function fit() {
  bar().classList.remove("short");
  bar().classList.toggle("short", bar().scrollWidth > bar().clientWidth);
}

/** Return a button that chooses what the list has not shown yet, too. */
function rest() {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "link";
  made.dataset.made = "all";
  made.textContent = gettext("Choose all in this list");
  made.addEventListener("click", async () => {
    for (let more = moreRows(); more && chosen().length; more = moreRows()) {
      await goOn(more).catch(complain);
      if (moreRows() === more) return;
      choose(allItems());
    }
  });
  return made;
}

function button(one, items) {
  const made = document.createElement("button");
  const label = document.createElement("span");
  made.type = "button";
  made.className = one.danger ? "button quiet danger" : "button quiet";
  made.dataset.made = one.name;
  label.textContent = labelOf(one, items);
  made.append(icon(iconOf(one, items)), label);
  made.title = label.textContent;
  made.addEventListener("click", () => perform(one, chosen()));
  return made;
}
