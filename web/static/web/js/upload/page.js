// Where a folder is shown that takes files: the Upload menu, files that are dropped, files that are pasted.
import { action } from "../files/actions.js";
import { complain, toast } from "../toasts.js";
import { openTray } from "../tray/start.js";
import { overlay } from "./overlay.js";
import { chosen, dropped, ofHandles, pasted } from "./gather.js";

const READING = 700; // milliseconds, after which it is told that a large folder is being read

const browser = document.getElementById("browser");
const here = () => ({ id: browser.dataset.folder, name: document.querySelector("h1").textContent });

/** Upload what was gathered; the scripts for that come with the first of it. */
async function receive(gathered, place) {
  await openTray();
  await (await import("./uploads.js")).receive(gathered, place);
}

/** Let somebody choose files. Where browsers can find them again after a reload, they are asked so. */
async function chooseFiles() {
  if (!window.showOpenFilePicker) return document.getElementById("upload-files").click();
  try {
    await receive(await ofHandles(await window.showOpenFilePicker({ multiple: true })), here());
  } catch (error) {
    if (error.name !== "AbortError") complain(error);
  }
}

const chooseFolder = () => document.getElementById("upload-folder").click();

function offerMenu() {
  const menu = document.getElementById("upload");
  menu.hidden = false;
  menu.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-choose]")?.dataset.choose;
    if (!choice) return;
    menu.open = false;
    if (choice === "files") chooseFiles();
    else chooseFolder();
  });
  for (const input of document.querySelectorAll("#upload-files, #upload-folder")) {
    input.addEventListener("change", () => {
      const files = chosen(input.files);
      input.value = "";
      receive(files, here()).catch(complain);
    });
  }
}

/** Return the folder that files would be dropped into: a row, a step above, or the one that is shown. */
function placeAt(target) {
  const over = target.closest?.("[data-drop]");
  const row = over?.closest(".item");
  if (row && !row.dataset.abilities.split(" ").includes("add")) return here();
  if (over) return { id: over.dataset.drop, name: over.dataset.name ?? over.textContent.trim() };
  return here();
}

let isOurs = false; // what is dragged began on this page, where pictures are files, too
document.addEventListener("dragstart", () => { isOurs = true; });
document.addEventListener("dragend", () => { isOurs = false; });

const brings = (event) => !isOurs && event.dataTransfer?.types.includes("Files");

function takeDrops() {
  document.addEventListener("dragover", (event) => {
    if (!brings(event) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    overlay.show(placeAt(event.target), event.target.closest?.("[data-drop]"));
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) overlay.hide(); });
  document.addEventListener("drop", (event) => {
    overlay.hide();
    if (!brings(event)) return;
    event.preventDefault();
    const place = placeAt(event.target);
    const reading = setTimeout(() => toast(gettext("Looking through what was dropped…")), READING);
    dropped(event.dataTransfer).finally(() => clearTimeout(reading)).then((gathered) => receive(gathered, place)).catch(complain);
  });
}

function takePastes() {
  document.addEventListener("paste", (event) => {
    if (event.target.closest?.("input, textarea, [contenteditable]") || !event.clipboardData?.files.length) return;
    event.preventDefault();
    receive(pasted(event.clipboardData.files), here()).catch(complain);
  });
}

action({ name: "upload-files", label: gettext("Upload files…"), icon: "upload", order: 310, of: "folder", needs: ["add"], act: chooseFiles });
action({ name: "upload-folder", label: gettext("Upload a folder…"), icon: "folder", order: 311, of: "folder", needs: ["add"], act: chooseFolder });

if (browser?.dataset.abilities?.split(" ").includes("add")) {
  offerMenu();
  takeDrops();
  takePastes();
}
