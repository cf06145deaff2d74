// Texts in a preview: fetched, and put into the page as text, so that nothing in them can be anything else.
import { Refused, Unreachable } from "../api.js";
import { said } from "../i18n.js";

const MOST = 2 ** 20; // bytes that are shown
const LINES = 500; // in an element that the browser need not lay out while it is out of sight

/** Show the text in a `[data-text]`. Throws Refused and Unreachable; returns false for what is no text. */
export async function showText(place) {
  const text = decoded(await bytesOf(place.dataset.text, Number(place.dataset.size)));
  if (text === null) return false;
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const parts = [];
  for (let from = 0; from < lines.length; from += LINES) parts.push(part(lines.slice(from, from + LINES), from));
  place.replaceChildren(...parts);
  if (Number(place.dataset.size) > MOST) place.append(cut());
  return true;
}

async function bytesOf(address, size) {
  if (size === 0) return new Uint8Array();
  // Of a file that is in its cache a browser would ask for as many bytes as it had before, and take the new ones for all.
  const asked = { headers: { Range: `bytes=0-${MOST - 1}` }, cache: "no-store" };
  const answer = await fetch(address, asked).catch(() => { throw new Unreachable(); });
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  return new Uint8Array(await answer.arrayBuffer());
}

/** Return the text that these bytes are, null if they are none. What is not UTF-8 is taken for Latin-1. */
function decoded(bytes) {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  if (bytes.includes(0)) return null;
  try {
    // A stream may end within a letter, as what was cut off does.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function part(lines, from) {
  const element = document.createElement("code");
  element.className = "lines";
  element.style.setProperty("--from", from);
  for (const line of lines) {
    const shown = document.createElement("span");
    shown.className = "line";
    shown.textContent = line;
    element.append(shown);
  }
  return element;
}

function cut() {
  const words = document.createElement("p");
  words.className = "cut";
  words.textContent = said(gettext("Only the first %(size)s are shown. Download the file to read all of it."), { size: "1 MiB" });
  return words;
}
