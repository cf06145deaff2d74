// The long work that the server does for somebody: watched while there is any, and not asked for otherwise.
import { ask } from "../api.js";
import { counted, said } from "../i18n.js";
import { asSize } from "../sizes.js";
import { complain } from "../toasts.js";

const EVERY = 2000; // milliseconds between two looks; longer each time nothing moves
const MOST = 15_000;
const UNFINISHED = new Set(["queued", "running"]);
const TITLES = {
  copy: gettext("Copying"), move: gettext("Moving"), trash: gettext("Deleting"), restore: gettext("Restoring"),
  purge: gettext("Deleting for ever"), share: gettext("Sharing"), unshare: gettext("Ending shares"), zip: gettext("Making an archive"),
};
const ICONS = { copy: "copy", move: "move", trash: "trash", restore: "undo", purge: "trash", share: "people", unshare: "people", zip: "archive" };

class Jobs extends EventTarget {
  #known = new Map(); // those that were seen unfinished, by id
  #wait = EVERY;
  #timer = 0;

  get unfinished() {
    return [...this.#known.values()].filter((job) => UNFINISHED.has(job.state)).length;
  }

  /** Look now, and again while something is under way. */
  async look() {
    clearTimeout(this.#timer);
    const page = await ask("GET", "jobs/?limit=20").catch(() => null);
    if (page) this.#take(page.items);
    if (this.unfinished || !page) this.#timer = setTimeout(() => this.look(), this.#wait);
  }

  /** Show a job that has just begun, of which maybe only the id is known. */
  watch(job) {
    this.#known.set(job.id, { state: "queued", ...this.#known.get(job.id), ...job });
    this.#wait = EVERY;
    this.dispatchEvent(new CustomEvent("begun"));
    this.#changed();
    this.look();
  }

  async cancel(id) {
    try {
      const job = await ask("POST", `jobs/${id}/cancel`);
      this.#take([job]);
    } catch (error) {
      complain(error);
    }
    this.look();
  }

  clear() {
    for (const [id, job] of this.#known) if (!UNFINISHED.has(job.state)) this.#known.delete(id);
    this.#changed();
  }

  rows() {
    return [...this.#known.values()].map(rowOf);
  }

  title() {
    const left = this.unfinished;
    return left ? counted("%(count)s job is under way", "%(count)s jobs are under way", left) : gettext("All jobs are done");
  }

  #take(found) {
    let moved = false;
    for (const job of found) {
      const before = this.#known.get(job.id);
      if (!before && !UNFINISHED.has(job.state)) continue;
      moved ||= before?.done !== job.done || before?.state !== job.state;
      this.#known.set(job.id, { ...before, ...job });
      if (before && UNFINISHED.has(before.state) && !UNFINISHED.has(job.state)) this.#ended(job);
    }
    this.#wait = moved ? EVERY : Math.min(MOST, this.#wait * 1.5);
    this.#changed();
  }

  async #ended(job) {
    if (job.action === "zip") await this.#findArchive(job);
    document.dispatchEvent(new CustomEvent("cloudbox:changed", { detail: { job: job.id } }));
    document.dispatchEvent(new CustomEvent("cloudbox:job-ended", { detail: job }));
  }

  async #findArchive(job) {
    const page = await ask("GET", `jobs/${job.id}/items?limit=200`).catch(() => ({ items: [] }));
    this.#known.set(job.id, { ...job, archive: page.items.find((item) => item.made)?.made });
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("change"));
  }
}

export const jobs = new Jobs();

function rowOf(job) {
  const isOn = UNFINISHED.has(job.state);
  const name = TITLES[job.action] ?? gettext("Job");
  return {
    key: job.id,
    icon: isOn || job.state === "done" ? (ICONS[job.action] ?? "gear") : "alert",
    kind: failedIn(job) || job.state === "failed" ? "bad" : job.state === "done" ? "good" : "",
    name,
    href: `/jobs/${job.id}`,
    note: noteOf(job),
    part: isOn ? (job.total ? job.done / job.total : -1) : null,
    buttons: isOn ? [{ act: "cancel-job", icon: "cross", label: said(gettext("Cancel: %(name)s"), { name }) }] : download(job),
  };
}

const download = ({ archive }) =>
  archive ? [{ act: "download", icon: "download", label: gettext("Download the archive"), href: `/api/v1/store/assets/${archive}/download/` }] : [];

const failedIn = (job) => job.result?.failed ?? 0;

function noteOf(job) {
  if (job.cancel_requested && UNFINISHED.has(job.state)) return gettext("Is being cancelled");
  if (job.state === "queued") return gettext("Waiting for its turn");
  if (job.state === "running") return progressOf(job);
  if (job.state === "cancelled") return gettext("Cancelled");
  if (job.state === "failed") return gettext("Failed");
  const failed = failedIn(job);
  return failed ? counted("Done, but %(count)s failed", "Done, but %(count)s failed", failed) : gettext("Done");
}

function progressOf(job) {
  if (!job.total) return gettext("Under way");
  const asText = job.unit === "bytes" ? asSize : (number) => number;
  return said(gettext("%(done)s of %(total)s"), { done: asText(job.done), total: asText(job.total) });
}
