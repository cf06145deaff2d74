// One thing done with each of many items: a few by calls of their own, more by a job, which the tray shows, too
// ("cloudbox:job" tells of it). Either way what failed is known by item and reason.
import { Refused, call } from "../api.js";
import { counted, said } from "../i18n.js";
import { toast } from "../toasts.js";

export const BY_CALLS = 8; // items at most; more are a job's
const MOST = 1000; // items of one job
const LONGEST_WAIT = 2000; // milliseconds between two looks at a job
const PAGE = 200;

const query = ({ on_conflict: conflict }) => (conflict ? `?on_conflict=${conflict}` : "");
const CALLS = {
  trash: ({ id, kind }) => call("DELETE", `store/${kind}s/${id}`),
  restore: ({ id }) => call("POST", `store/trash/${id}/restore`),
  purge: ({ id }) => call("DELETE", `store/trash/${id}`),
  move: ({ id }, order) => call("POST", `store/assets/${id}/move${query(order)}`, { folder: order.folder }),
  copy: ({ id }, order) => call("POST", `store/assets/${id}/copy${query(order)}`, { folder: order.folder }),
};

/**
 * Do `action` with all items; `order` has `folder` and `on_conflict` where it needs them.
 * Return {done: [{item, made}], failed: [{item, code, reason}]}; `made` is the id of a copy.
 * Throws what keeps it from being begun at all.
 */
export async function carryOut(action, items, order = {}) {
  const outcome = { done: [], failed: [] };
  if (items.length <= BY_CALLS) {
    for (const item of items) await byCall(action, item, order, outcome);
    if (items.length === 1 && outcome.error && outcome.failed[0]?.code !== "name_taken") throw outcome.error;
    return outcome;
  }
  for (let from = 0; from < items.length; from += MOST) await byJob(action, items.slice(from, from + MOST), order, outcome);
  return outcome;
}

async function byCall(action, item, order, outcome) {
  try {
    const answer = await CALLS[action](item, order);
    if (answer?.state) await watched(answer, [item], outcome); // a large folder is copied by a job
    else outcome.done.push({ item, made: answer?.id });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    outcome.error = error;
    outcome.failed.push({ item, code: error.code, reason: error.message });
  }
}

async function byJob(action, items, order, outcome) {
  const job = await call("POST", "store/bulk", { action, assets: items.map((item) => item.id), ...order });
  await watched(job, items, outcome);
}

/** Wait until a job is done, and tell what became of each item. */
async function watched(job, items, outcome) {
  document.dispatchEvent(new CustomEvent("cloudbox:job", { detail: job }));
  let wait = 100;
  for (let now = job; !now.finished_at; now = await call("GET", `jobs/${job.id}`)) {
    await new Promise((resolve) => { setTimeout(resolve, wait); });
    wait = Math.min(wait * 1.5, LONGEST_WAIT);
  }
  const byId = new Map(items.map((item) => [item.id, item]));
  for (let cursor = ""; cursor !== null;) {
    const page = await call("GET", `jobs/${job.id}/items?limit=${PAGE}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    for (const { subject, state, code, made } of page.items) {
      const item = byId.get(subject);
      if (state === "done") outcome.done.push({ item, made });
      else outcome.failed.push({ item, code, reason: reasonOf(code) });
    }
    cursor = page.next;
  }
}

/** Return in words why a job could not do something. */
function reasonOf(code) {
  const reasons = {
    name_taken: gettext("The name is taken there."),
    not_found: gettext("It is not there any more."),
    access_denied: gettext("You are not allowed to."),
    quota_exceeded: gettext("There is not enough room."),
    plan_expired: gettext("Nothing can be added: what was paid for has ended."),
    locked: gettext("It is locked."),
  };
  return reasons[code] ?? gettext("It could not be done.");
}

/** Say of what failed which things those are, and why. */
export function complainOf(failed) {
  if (!failed.length) return;
  const [{ item, reason }] = failed;
  const first = said(gettext("“%(name)s” was left: %(reason)s"), { name: item.name, reason });
  const others = failed.slice(1, 4).map((one) => one.item.name).join(", ");
  const rest = counted("And %(count)s more: %(names)s", "And %(count)s more: %(names)s", failed.length - 1, { names: failed.length > 4 ? `${others} …` : others });
  toast(failed.length > 1 ? `${first} ${rest}` : first, { bad: true });
}
