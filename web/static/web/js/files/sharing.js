// Sharing what is in a list: the dialog, and a link that is copied at once.
import { call } from "../api.js";
import { openDialogFrom } from "../dialogs.js";
import { action } from "./actions.js";
import { here } from "./list.js";

/** Open the dialog. What enlivens it is not loaded before: most who look at a list share nothing. */
export async function share(id) {
  await import("../sharing/panel.js");
  return openDialogFrom(`/files/${id}/share`);
}

/** Copy a link to view that anybody may use, which is made if there is none yet. */
async function copyLink(id) {
  const { items } = await call("GET", `store/assets/${id}/links/?limit=100`);
  const usable = (link) => link.role === "viewer" && link.state === "live" && !link.has_password && link.url;
  const found = items.find(usable) ?? await call("POST", `store/assets/${id}/links/`, { role: "viewer" });
  const { copy } = await import("../sharing/copying.js");
  await copy(found.url);
  document.dispatchEvent(new CustomEvent("cloudbox:changed"));
}

action({ name: "share", label: gettext("Share…"), icon: "people", order: 200, needs: ["share"], many: false, act: ([item]) => share(item.id) });
action({ name: "access", label: gettext("Who has access…"), icon: "people", order: 200, needs: ["read"], many: false, bar: false, when: ([item]) => !item.abilities.includes("share"), act: ([item]) => share(item.id) });
action({ name: "copy-link", label: gettext("Copy a link"), icon: "link", order: 210, needs: ["share"], many: false, act: ([item]) => copyLink(item.id) });
action({ name: "share-folder", label: gettext("Share this folder…"), icon: "people", order: 200, of: "folder", needs: ["share"], when: () => !isRoot(), act: () => share(here().folder) });

const isRoot = () => document.querySelector("#browser .steps") === null && here().place === "files";
