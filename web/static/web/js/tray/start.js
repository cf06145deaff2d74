// The tray comes when there is something for it: uploads that this browser remembers, or jobs of the server. Until then
// pages are spared its scripts, and those of the uploads.
import { Unreachable } from "../api.js";
import { any } from "../upload/remembered.js";

let loading = null;

/** Bring the tray into the page, once. Throws Unreachable. */
export const openTray = () => (loading ??= import("./page.js").catch(() => {
  loading = null;
  throw new Unreachable();
}));

const { jobs, user } = document.getElementById("tray").dataset;
if (Number(jobs)) openTray();
else any(user).then((some) => some && openTray());

// Others tell of a job that has begun with its id at least, and of news with their kind.
document.addEventListener("cloudbox:job", async ({ detail }) => (await openTray()).jobs.watch(detail));
document.addEventListener("cloudbox:event", async ({ detail }) => {
  if (loading && String(detail?.kind).startsWith("job")) (await loading).jobs.look();
});

// A file that is dropped where nothing takes it would be opened in place of the page.
for (const kind of ["dragover", "drop"]) {
  window.addEventListener(kind, (event) => {
    if (event.defaultPrevented || event.target.closest?.('input[type="file"]')) return;
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "none";
  });
}
