// How uploads stand in the tray.
import { counted, said } from "../i18n.js";
import { asLasting, asSize } from "../sizes.js";
import { Speed } from "./speed.js";

const MOST = 60; // rows, of however many files
const ORDER = ["asking", "failed", "interrupted", "running", "paused", "waiting", "skipped", "done"];
const ICONS = { failed: "alert", interrupted: "alert", asking: "info", paused: "pause", done: "check", skipped: "check" };
const KINDS = { failed: "bad", interrupted: "warn", done: "good" };

const speed = new Speed();

/** Return the figures of all uploads: how many files are in which state, and how many bytes. */
export function figuresOf(items) {
  const figures = Object.fromEntries(ORDER.map((state) => [state, 0]));
  Object.assign(figures, { files: items.length, bytes: 0, sent: 0, waits: 0, seconds: 0 });
  for (const item of items) {
    figures[item.state] += 1;
    if (["failed", "skipped", "interrupted"].includes(item.state)) continue;
    figures.bytes += item.size;
    figures.sent += Math.min(item.sent, item.size);
    figures.waits = Math.max(figures.waits, item.waits);
  }
  figures.active = figures.running + figures.waiting + figures.asking;
  speed.note(figures.sent);
  if (!figures.running) speed.forget();
  figures.speed = speed.now;
  if (figures.speed > 0) figures.seconds = (figures.bytes - figures.sent) / figures.speed;
  return figures;
}

/** Return the headline of the tray. */
export function titleOf(figures, held) {
  const left = figures.active + figures.paused;
  if (left && !figures.running && (held || !figures.active)) return counted("%(count)s upload is paused", "%(count)s uploads are paused", left);
  if (left) return counted("Uploading %(count)s file", "Uploading %(count)s files", left);
  if (figures.failed) return counted("%(count)s file was not uploaded", "%(count)s files were not uploaded", figures.failed);
  if (figures.interrupted) return counted("%(count)s upload was interrupted", "%(count)s uploads were interrupted", figures.interrupted);
  if (!figures.files) return gettext("Uploads and jobs");
  return counted("%(count)s file is uploaded", "%(count)s files are uploaded", figures.done);
}

/** Return how far all of it is, in words. */
export function sumOf(figures) {
  const parts = [said(gettext("%(sent)s of %(bytes)s"), { sent: asSize(figures.sent), bytes: asSize(figures.bytes) })];
  if (figures.waits && !figures.speed) parts.push(gettext("waiting for the server"));
  if (figures.speed) parts.push(said(gettext("%(size)s a second"), { size: asSize(figures.speed) }));
  if (figures.speed && figures.seconds >= 1) parts.push(said(gettext("%(time)s left"), { time: asLasting(figures.seconds) }));
  return parts.join(" · ");
}

/** Return the rows of the tray, the ones that matter first, and how many are left out. */
export function rowsOf(items, held) {
  const sorted = ORDER.flatMap((state) => items.filter((item) => item.state === state).slice(0, MOST));
  const shown = sorted.slice(0, MOST);
  return { rows: shown.map((item) => rowOf(item, held)), more: items.length - shown.length };
}

function rowOf(item, held) {
  const isOnItsWay = ["running", "paused", "waiting", "interrupted"].includes(item.state);
  return {
    key: item.id,
    icon: ICONS[item.state] ?? "upload",
    kind: KINDS[item.state] ?? "",
    name: item.name,
    href: item.made ? `/files/${item.made}` : "",
    note: noteOf(item, held),
    part: isOnItsWay && item.sent ? item.sent / item.size : item.state === "running" ? 0 : null,
    buttons: buttonsOf(item),
  };
}

function noteOf(item, held) {
  const sizes = { sent: asSize(item.sent), bytes: asSize(item.size) };
  if (item.error) return item.error;
  switch (item.state) {
    case "running":
      if (item.waits) return said(gettext("The server cannot be reached; trying again · %(sent)s of %(bytes)s"), sizes);
      return said(gettext("%(sent)s of %(bytes)s"), sizes);
    case "paused": return said(gettext("Paused at %(sent)s of %(bytes)s"), sizes);
    case "waiting": return held ? said(gettext("Paused at %(sent)s of %(bytes)s"), sizes) : said(gettext("Waiting, %(bytes)s"), sizes);
    case "asking": return gettext("The name is taken");
    case "interrupted": return interrupted(item, sizes);
    case "skipped": return gettext("Skipped: the name was taken");
    default: return said(gettext("%(bytes)s, in “%(folder)s”"), { ...sizes, folder: item.path.at(-1) ?? item.place.name });
  }
}

function interrupted(item, sizes) {
  if (item.handle) return said(gettext("Interrupted at %(sent)s of %(bytes)s"), sizes);
  return said(gettext("Interrupted at %(sent)s of %(bytes)s. Choose the file again to go on."), sizes);
}

function buttonsOf(item) {
  const { name } = item;
  const cancel = { act: "cancel", icon: "cross", label: said(gettext("Cancel the upload of %(name)s"), { name }) };
  const forget = { ...cancel, label: said(gettext("Take %(name)s off the list"), { name }) };
  const resume = { act: "resume", icon: "play", label: said(gettext("Go on with %(name)s"), { name }) };
  switch (item.state) {
    case "running":
    case "waiting": return [{ act: "pause", icon: "pause", label: said(gettext("Pause %(name)s"), { name }) }, cancel];
    case "paused": return [resume, cancel];
    case "failed": return item.isFinal ? [forget] : [{ act: "resume", icon: "again", label: said(gettext("Try %(name)s again"), { name }) }, cancel];
    case "interrupted":
      if (item.handle) return [resume, cancel];
      return [{ act: "choose", icon: "upload", text: gettext("Choose…"), label: said(gettext("Choose %(name)s again"), { name }) }, cancel];
    case "asking": return [cancel];
    default: return [];
  }
}
