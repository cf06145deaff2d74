// One file to the server by the tus protocol, through lost networks and restarts. It knows no page.
//
// Where the bytes go on is for the server alone to say. To pause, abort the signal and keep the address: `send` with that
// address goes on later, in this page or another one.
import { Refused, Unreachable, token } from "../api.js";

const UPLOADS = "/api/v1/uploads/";
const BYTES = "application/offset+octet-stream";
const MIB = 2 ** 20; // bytes
const AT_ONCE = 4 * MIB; // up to here a file comes with the request that begins it
// Bytes of a request, and its seconds; what stands between may take no more than 100 MB at once.
const PIECE = { first: 8 * MIB, least: MIB, most: 64 * MIB, lasts: 6 };
const STALLED = 90_000; // milliseconds without a byte, after which a connection is given up
const WAITS = { first: 1, most: 10 }; // seconds between tries
const PATIENCE = 30; // tries without a byte more, of a server that answers
const PASSING = new Set(["offset_mismatch", "conflict", "length_mismatch"]); // refusals that another look mends

/**
 * Send a File and return the id of the file that it became.
 *
 * `begin` is what `POST uploads/` is told: {folder, name, onConflict}; `door` is that address, of a link its own. `address` is that of an upload to go on with.
 * `told` hears: `at(address)` when there is one, `sent(bytes)`, and `waits(seconds, error)` before another try.
 * Throws Refused; and what the signal was aborted with.
 */
export async function send(file, { begin, door = UPLOADS, address = "", signal, told }) {
  const upload = { file, begin, door, address, signal, told, offset: address ? null : 0, piece: PIECE.first, made: "" };
  let tries = 0;
  while (!upload.made) {
    signal.throwIfAborted();
    const before = upload.offset;
    try {
      await step(upload);
      if (upload.offset !== before) tries = 0;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Unreachable) await mustBeReadable(file);
      if (isGone(error) && upload.address) startAnew(upload);
      else if (!passes(error, tries)) throw error;
      else if (upload.address) upload.offset = null; // only the server knows
      await rest(error, tries, upload);
      tries += 1;
    }
  }
  return upload.made;
}

/** Give an upload up: its room is free at once. One that is over already is no mistake. */
export async function giveUp(address) {
  const answer = await ask("DELETE", address, {});
  if (answer.status >= 400 && answer.status !== 404) throw refusalOf(answer);
}

async function step(upload) {
  if (!upload.address) return begin(upload);
  if (upload.offset === null) return look(upload);
  return append(upload);
}

async function begin(upload) {
  const { file, begin: beginning, told } = upload;
  const words = { filename: beginning.name, filetype: file.type, folder: beginning.folder, on_conflict: beginning.onConflict };
  const headers = { "Upload-Length": file.size, "Upload-Metadata": metadata(words) };
  const body = file.size && file.size <= AT_ONCE ? file : null;
  if (body) headers["Content-Type"] = BYTES;
  const answer = checked(await ask("POST", upload.door, { headers, body, upload }));
  upload.address = answer.header("Location");
  told.at(upload.address);
  stands(upload, answer);
}

async function look(upload) {
  const answer = await ask("HEAD", upload.address, { upload });
  if (answer.status === 409) upload.offset = upload.file.size; // all is there; why it is no file, an empty PATCH is told
  else stands(upload, checked(answer));
}

async function append(upload) {
  const { file, offset, begin: beginning } = upload;
  const body = file.slice(offset, offset + upload.piece);
  const headers = { "Upload-Offset": offset, "Content-Type": BYTES };
  const query = beginning.onConflict ? `?on_conflict=${beginning.onConflict}` : "";
  const began = performance.now();
  stands(upload, checked(await ask("PATCH", upload.address + query, { headers, body, upload })));
  const seconds = Math.max((performance.now() - began) / 1000, 0.01);
  upload.piece = Math.min(PIECE.most, Math.max(PIECE.least, Math.round((body.size / seconds) * PIECE.lasts)));
}

function stands(upload, answer) {
  upload.offset = Number(answer.header("Upload-Offset"));
  upload.made = answer.header("X-CloudBox-File") ?? "";
  upload.told.sent(upload.offset);
}

function startAnew(upload) {
  upload.address = "";
  upload.offset = 0;
  upload.told.at("");
  upload.told.sent(0);
}

/** A request also breaks off when the disk no longer gives what is to be sent. */
async function mustBeReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Error(gettext("The file cannot be read: it was moved, changed or deleted. Choose it again."));
  }
}

const isGone = (error) => error instanceof Refused && (error.status === 404 || error.status === 410);

function passes(error, tries) {
  if (error instanceof Unreachable) return true;
  if (!(error instanceof Refused) || tries >= PATIENCE) return false;
  if (error.code === "storage_full") return false;
  return error.status >= 500 || error.status === 423 || error.status === 429 || PASSING.has(error.code);
}

/** Wait before another try: as long as the server says, else longer each time; no longer once the network is back. */
async function rest(error, tries, { signal, told }) {
  const seconds = Number(error.retryAfter) || Math.min(WAITS.most, WAITS.first * 2 ** tries);
  told.waits(seconds, error);
  await new Promise((resolve) => {
    const timer = setTimeout(done, seconds * (750 + Math.random() * 500));
    function done() {
      clearTimeout(timer);
      globalThis.removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    }
    globalThis.addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
  signal.throwIfAborted();
}

/** Return an answer; with `upload` what was sent of its body is told, and its signal ends the request. */
function ask(method, address, { headers = {}, body = null, upload = null }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    const all = { "Tus-Resumable": "1.0.0", "X-CSRFToken": token(), Accept: "application/json", ...headers };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    const watch = watching(request, body && upload);
    const stop = () => request.abort();
    // What has no body is answered at once, and an address that nobody heard of could not be given up.
    if (body) upload?.signal.addEventListener("abort", stop);
    request.addEventListener("loadend", () => {
      watch.end();
      upload?.signal.removeEventListener("abort", stop);
      if (request.status) resolve(answerOf(request));
      else reject(new Unreachable());
    });
    request.send(body);
  });
}

/** Tell how much of a body is sent, and end a request through which nothing goes any more. */
function watching(request, upload) {
  let timer = 0;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => request.abort(), STALLED);
  };
  const { offset, told } = upload ?? {};
  alive();
  if (upload) {
    request.upload.addEventListener("progress", (event) => {
      alive();
      told.sent(offset + event.loaded);
    });
  }
  return { end: () => clearTimeout(timer) };
}

function answerOf(request) {
  const isJson = request.getResponseHeader("Content-Type")?.includes("json");
  let problem = {};
  try {
    if (isJson && request.responseText) problem = JSON.parse(request.responseText);
  } catch {
    // An answer that broke off says nothing.
  }
  return { status: request.status, problem, header: (name) => request.getResponseHeader(name) };
}

function refusalOf(answer) {
  const refusal = new Refused(answer.status, answer.problem);
  refusal.retryAfter = answer.header("Retry-After");
  return refusal;
}

function checked(answer) {
  if (answer.status >= 400) throw refusalOf(answer);
  return answer;
}

function metadata(words) {
  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  return Object.entries(words).filter(([, value]) => value).map(([name, value]) => `${name} ${base64(value)}`).join(",");
}
