// The files that are on their way from this page: a few at a time, in the order in which they came.
//
// It tells "change" whenever something has changed, "done" with the item of each file that has arrived, and "trouble"
// with why all of it was paused. The page gives it `decide`, which asks somebody what to do about a taken name.
import { ask } from "../api.js";
import { folderAt, forgetFolders } from "./folders.js";
import { fileOf, isUnfinished, itemOf, recordOf } from "./items.js";
import { printOf } from "./prints.js";
import * as remembered from "./remembered.js";
import { giveUp, send } from "./tus.js";

const AT_ONCE = 4; // files
const PRINTED = 4 * 2 ** 20; // bytes; smaller ones come at once, or begin anew
const HOLDING = { quota_exceeded: "full", plan_expired: "expired", not_authenticated: "signed-out", csrf_failed: "signed-out" }; // refusals that meet all
const WITHOUT_ROOM = ["full", "expired"];
const KEPT = 200; // records that are written at once
const LATEST = 50; // files, among which one is looked for that has just arrived

export class Queue extends EventTarget {
  items = []; // in the order of their coming
  held = ""; // why nothing goes on: "", "paused", "full", "expired" or "signed-out"
  heldBy = null; // the refusal that said so
  decide = async () => ({ answer: "skip", all: false });
  #user;
  #running = 0;
  #next = 0; // before which nothing waits
  #asking = Promise.resolve();

  constructor(user) {
    super();
    this.#user = user;
  }

  /** Take what was gathered for the folder `place` ({id, name}). `answer` says what to do about all taken names. */
  async add(gathered, place, answer = "") {
    const batch = { answer };
    const items = gathered.filter(({ file }) => file).map((one) => itemOf(one, place, batch));
    this.items.push(...items);
    this.changed();
    this.#pump();
    for (let start = 0; start < items.length; start += KEPT) { // in turns, so that the page stays quick
      const some = items.slice(start, start + KEPT).filter(isUnfinished);
      await remembered.keep(some.map((item) => recordOf(item, this.#user)));
    }
    for (const { path } of gathered.filter(({ file }) => !file)) await this.#makeFolder(path, place);
  }

  /** Take items that were interrupted, as they are. */
  adopt(items) {
    this.items.push(...items);
    this.changed();
  }

  /** Go on with an item, with its file if that had to be chosen again. */
  resume(item, file = item.file) {
    if (!["paused", "failed", "interrupted"].includes(item.state) || item.isFinal) return;
    Object.assign(item, { file, state: "waiting", error: "" });
    this.held = "";
    this.#next = 0;
    this.#pump();
  }

  pause(item) {
    if (item.state === "running") item.control.abort("paused");
    else if (item.state === "waiting") item.state = "paused";
    this.changed();
  }

  /** Pause everything; `why` is told where it was not somebody's wish. Who has begun has their room, and goes on without. */
  hold(why = "paused", refused = null) {
    this.held = why;
    this.heldBy = refused;
    for (const item of this.items) if (item.state === "running" && !(WITHOUT_ROOM.includes(why) && item.address)) item.control.abort("held");
    this.changed();
    if (why !== "paused") this.#tell("trouble", why);
  }

  /** Go on with everything that can; what was paused by itself, too. */
  release() {
    this.held = "";
    for (const item of this.items) if (item.state === "paused") item.state = "waiting";
    this.#next = 0;
    this.#pump();
  }

  retryFailed() {
    for (const item of this.items) if (item.state === "failed") this.resume(item);
  }

  /** Give an item up: neither bytes nor room stay taken. */
  async cancel(item) {
    if (item.state === "done") return;
    item.state = "cancelled";
    this.items = this.items.filter((other) => other !== item);
    this.#next = 0;
    this.changed();
    await this.#drop(item);
  }

  async cancelAll() {
    const going = this.items.filter((item) => isUnfinished(item) || item.state === "failed");
    for (const item of going) item.state = "cancelled";
    this.items = this.items.filter((item) => item.state !== "cancelled");
    this.held = "";
    this.changed();
    await remembered.forget(going.map((item) => item.id));
    await Promise.all(going.filter((item) => item.address || item.control).map((item) => this.#drop(item)));
  }

  /** Take away what is over. */
  clear() {
    this.items = this.items.filter(isUnfinished);
    this.#next = 0;
    this.changed();
  }

  get unfinished() {
    return this.items.filter(isUnfinished);
  }

  #pump() {
    while (!this.held && this.#running < AT_ONCE) {
      while (this.#next < this.items.length && this.items[this.#next].state !== "waiting") this.#next += 1;
      if (this.#next >= this.items.length) break;
      this.#run(this.items[this.#next]);
    }
    if (!this.#running) forgetFolders();
    this.changed();
  }

  #run(item) {
    this.#running += 1;
    item.state = "running";
    item.control = new AbortController();
    item.settled = this.#send(item).then(() => this.#arrived(item), (error) => this.#stopped(item, error)).finally(() => {
      item.control = null;
      item.waits = 0;
      this.#running -= 1;
      this.#pump();
    });
  }

  async #send(item) {
    const { signal } = item.control;
    const file = await fileOf(item);
    item.file = file;
    const folder = await folderAt(item.place.id, item.path);
    if (item.size > PRINTED) await this.#recognise(item, file);
    signal.throwIfAborted();
    const answer = item.onConflict || item.batch.answer;
    const begin = { folder, name: item.name, onConflict: answer === "skip" ? "" : answer };
    item.begun = Date.now();
    try {
      item.made = await send(file, { begin, address: item.address, signal, told: this.#listener(item) });
    } catch (error) {
      item.made = error.code === "name_taken" && item.isUncertain ? await arrivedAnyway(item, folder) : "";
      if (!item.made) throw error;
    }
  }

  #listener(item) {
    return {
      at: (address) => {
        item.address = address;
        if (item.size > PRINTED) remembered.keep([recordOf(item, this.#user)]);
      },
      sent: (bytes) => {
        item.sent = bytes;
        item.waits = 0;
        this.changed();
      },
      waits: (seconds) => {
        item.waits = seconds;
        item.isUncertain ||= !item.address;
        this.changed();
      },
    };
  }

  async #recognise(item, file) {
    const print = await printOf(file);
    if (item.print && print !== item.print) {
      item.file = null;
      throw new Error(gettext("This is another file of the same name. Choose the one that was interrupted."));
    }
    item.print = print;
  }

  #arrived(item) {
    if (item.state === "cancelled") return; // too late
    Object.assign(item, { state: "done", sent: item.size, file: null, handle: null });
    remembered.forget([item.id]);
    this.#tell("done", item);
  }

  #stopped(item, error) {
    if (item.state === "cancelled") return;
    if (error === "paused") item.state = "paused";
    else if (error === "held") item.state = "waiting";
    else if (error.code === "name_taken") this.#ask(item, error);
    else if (HOLDING[error.code]) {
      item.state = "waiting";
      if (!this.held) this.hold(HOLDING[error.code], error);
    } else {
      item.state = item.file || item.handle ? "failed" : "interrupted";
      item.error = error.message || String(error);
    }
    this.#next = 0;
  }

  /** Ask what to do about a taken name, one item after the other; an answer for all that follow asks no more. */
  #ask(item, error) {
    item.state = "asking";
    const asked = async () => {
      if (item.state !== "asking") return;
      const given = item.batch.answer;
      if (given && given === item.onConflict) return this.#refuse(item, error); // it does not help
      const { answer, all } = given ? { answer: given, all: false } : await this.decide(item);
      if (all) item.batch.answer = answer;
      if (item.state === "asking") await this.#decided(item, answer, error);
    };
    this.#asking = this.#asking.then(asked);
  }

  async #decided(item, answer, error) {
    if (answer === "skip") {
      item.state = "skipped";
      await this.#drop(item);
    } else if (answer === item.onConflict) {
      this.#refuse(item, error);
    } else {
      Object.assign(item, { onConflict: answer, state: "waiting" });
      this.#next = 0;
    }
    this.#pump();
  }

  #refuse(item, error) {
    Object.assign(item, { state: "failed", error: error.message });
    this.changed();
  }

  /** End what is under way of an item, on the server, too, and forget it. */
  async #drop(item) {
    item.control?.abort("cancelled");
    await item.settled;
    Object.assign(item, { file: null, handle: null });
    await remembered.forget([item.id]);
    if (item.address && !item.made) await giveUp(item.address).catch(() => {}); // it ends by itself after some days
    this.#tell("gone", item);
  }

  async #makeFolder(path, place) {
    try {
      await folderAt(place.id, path);
      this.#tell("done", { place, path: path.slice(0, -1), made: "" });
    } catch (error) {
      this.#tell("refused", { name: path.join("/"), error });
    }
  }

  /** Tell that an item is another one than before. */
  changed() {
    this.#tell("change");
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** Return the id of a file whose upload was answered with nothing, and that has arrived all the same; "" otherwise. */
async function arrivedAnyway(item, folder) {
  const page = await ask("GET", `store/folders/${folder}/content/?kind=file&sort=-modified&limit=${LATEST}`);
  const since = item.begun - 60_000; // clocks differ
  const found = page.items.find((one) => one.name === item.name && one.size === item.size && Date.parse(one.modified_at) > since);
  return found?.id ?? "";
}
