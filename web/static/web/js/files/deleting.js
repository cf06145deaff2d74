// What takes things away and brings them back. How that is done is loaded once it is asked for.
import { action } from "./actions.js";
import { rows } from "./list.js";

const done = (what) => async (items) => (await import("./removing.js"))[what](items);

/** Put these items into the trash. */
export const remove = done("remove");

action({ name: "delete", label: gettext("Delete"), icon: "trash", order: 500, needs: ["delete"], key: "Delete", danger: true, act: remove });
action({ name: "restore", label: gettext("Restore"), icon: "undo", order: 500, needs: ["delete"], trash: true, act: done("restore") });
action({ name: "purge", label: gettext("Delete for ever"), icon: "trash", order: 510, needs: ["own"], trash: true, key: "Delete", danger: true, act: done("purge") });
action({ name: "empty-trash", label: gettext("Empty the trash"), icon: "trash", order: 520, of: "folder", trash: true, danger: true, when: () => rows().length > 0, act: done("emptyTrash") });
