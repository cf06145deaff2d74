// Downloads: a file as it is; a folder, or several things, as a zip archive that is made while it comes. More of them than
// an address may name are packed by a job, whose archive the tray then offers.
import { call } from "../api.js";
import { counted } from "../i18n.js";
import { toast } from "../toasts.js";
import { action } from "./actions.js";
import { here } from "./list.js";

const IN_ADDRESS = 150; // ids, beyond which an address would be too long for what stands between
const IN_JOB = 1000;

const ids = (items) => items.map((item) => item.id);

function addressOf(items) {
  if (items.length === 1) return `/api/v1/store/assets/${items[0].id}/download/`;
  return `/api/v1/store/download?assets=${ids(items).join(",")}`;
}

/** Let the browser fetch an address into its downloads, without leaving the page. */
function fetchInto(address) {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}

/** Have things packed into an archive in the folder that is shown, or in one's own root. */
async function pack(items) {
  if (items.length > IN_JOB) throw new Error(counted("Choose at most %(count)s.", "Choose at most %(count)s.", IN_JOB));
  const { folder, abilities } = here();
  const into = abilities.includes("add") ? folder : (await call("GET", "store/folders/")).id;
  const job = await call("POST", "store/bulk/", { action: "zip", assets: ids(items), folder: into, on_conflict: "rename" });
  document.dispatchEvent(new CustomEvent("cloudbox:job", { detail: job }));
  toast(gettext("An archive is being made. You can go on meanwhile."));
}

action({
  name: "download",
  label: gettext("Download"),
  icon: "download",
  order: 120,
  needs: ["read"],
  act: (items) => (items.length > IN_ADDRESS ? pack(items) : fetchInto(addressOf(items))),
});

action({
  name: "pack",
  label: gettext("Pack into a zip file"),
  icon: "archive",
  order: 330,
  needs: ["read"],
  bar: false,
  act: pack,
});
