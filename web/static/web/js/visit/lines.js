// What was put into the folder of a link in this visit: a line for each file, with how far it is.
import { said } from "../i18n.js";

/** Add a line for a file called `name`; return what changes it. */
export function lineOf(name) {
  const line = element("li", "");
  const state = element("span", "sent-state", gettext("Waiting"));
  const progress = element("progress", "");
  const button = element("button", "button quiet");
  button.type = "button";
  button.hidden = true;
  progress.max = 1;
  progress.value = 0;
  progress.setAttribute("aria-label", said(gettext("Progress of %(name)s"), { name }));
  line.append(element("span", "sent-name", name), state, button, progress);
  document.querySelector(".sent").prepend(line);
  return changing({ line, state, progress, button, name });
}

function changing({ line, state, progress, button, name }) {
  const offer = (label, words, act) => {
    button.hidden = false;
    button.textContent = label;
    button.setAttribute("aria-label", said(words, { name }));
    button.onclick = act;
  };
  return {
    begins(stop) {
      line.className = "";
      state.textContent = "";
      progress.hidden = false;
      offer(gettext("Stop"), gettext("Stop %(name)s"), stop);
    },
    has(part) { progress.value = part; state.textContent = `${Math.floor(part * 100)} %`; },
    waits() { state.textContent = gettext("Waiting for the network"); },
    done() {
      line.className = "good";
      state.textContent = gettext("Sent");
      progress.hidden = true;
      button.hidden = true;
    },
    failed(why, again) {
      line.className = "bad";
      state.textContent = why;
      progress.hidden = true;
      offer(gettext("Try again"), gettext("Try %(name)s again"), again);
    },
  };
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
