// Whether a file that is chosen again is the one whose upload was interrupted.
const ENDS = 64 * 2 ** 10; // bytes at its beginning and at its end

/** Return a digest of the ends of a file; "" where the page has come without TLS. */
export async function printOf(file) {
  if (!crypto.subtle) return "";
  const ends = new Blob([file.slice(0, ENDS), file.slice(-ENDS)]);
  const digest = await crypto.subtle.digest("SHA-256", await ends.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Say whether `file` may be what `record` was made of, as far as its name, size and time tell. */
export const looksLike = (file, record) =>
  file.name === record.fileName && file.size === record.size && file.lastModified === record.lastModified;
