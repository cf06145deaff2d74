// Which names the server takes, so that a wrong one is told before a byte is sent; and what nobody means to upload.
const MOST = 255; // bytes in UTF-8
const JUNK = new Set([".ds_store", "thumbs.db", "desktop.ini", "ehthumbs.db", ".localized", "__macosx"]);
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** Return a name as the server keeps it. */
export const composed = (name) => name.normalize("NFC");

/** Return why a name cannot be one here, or the empty string. */
export function whyNot(name) {
  if (!name.trim()) return gettext("A name has at least one visible character.");
  if (name === "." || name === "..") return gettext("This name means a place, not a thing.");
  if (name.includes("/")) return gettext("A name has no slash.");
  if (CONTROLS.test(name)) return gettext("A name has no control characters.");
  if (name.isWellFormed?.() === false) return gettext("The name is not valid Unicode text.");
  if (new TextEncoder().encode(name).length > MOST) return gettext("The name is longer than 255 bytes.");
  return "";
}

/** Say whether an operating system put it there for itself. */
export const isJunk = (name) => JUNK.has(name.toLowerCase()) || name.startsWith("._");
