// Putting files into the folder of a link: by dropping or choosing them, one after the other, each with its progress.
import { said } from "../i18n.js";

const zone = document.querySelector("[data-drop-into]");

function lineOf(file) {
  const line = document.createElement("li");
  const name = document.createElement("span");
  const state = document.createElement("span");
  const progress = document.createElement("progress");
  name.className = "sent-name";
  name.textContent = file.name;
  state.className = "sent-state";
  progress.max = 1;
  progress.value = 0;
  progress.setAttribute("aria-label", said(gettext("Progress of %(name)s"), { name: file.name }));
  line.append(name, state, progress);
  document.querySelector(".sent").append(line);
  return { line, state, progress };
}

function reasonOf(request) {
  try {
    return JSON.parse(request.responseText).detail;
  } catch {
    return gettext("The server cannot be reached. Check your connection and try again.");
  }
}

/** Send one file, and keep its line up to date. Resolves in the end, whatever that is. */
function send(file, shown) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const door = zone.closest("[data-door]").dataset.door;
    const name = encodeURIComponent(file.name);
    request.open("PUT", `/api/v1/${door}/folders/${zone.dataset.dropInto}/files/${name}?on_conflict=rename`);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.addEventListener("progress", (event) => { shown.progress.value = event.loaded / (event.total || 1); });
    request.addEventListener("loadend", () => {
      const good = request.status >= 200 && request.status < 300;
      shown.progress.remove();
      shown.line.className = good ? "good" : "bad";
      shown.state.textContent = good ? gettext("Sent") : reasonOf(request);
      resolve(good);
    });
    request.send(file);
  });
}

async function sendAll(files) {
  const waiting = [...files].map((file) => [file, lineOf(file)]);
  let sent = 0;
  for (const [file, shown] of waiting) sent += await send(file, shown);
  const words = ngettext("%(sent)s of %(all)s file was sent.", "%(sent)s of %(all)s files were sent.", waiting.length);
  document.querySelector("[data-said]").textContent = said(words, { sent, all: waiting.length });
  if (sent) document.dispatchEvent(new CustomEvent("cloudbox:changed"));
}

function begin() {
  const input = zone.querySelector('input[type="file"]');
  input.addEventListener("change", () => { sendAll(input.files); input.value = ""; });
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    sendAll(event.dataTransfer.files);
  });
}

if (zone) begin();
