// "Move to…" and "Copy to…": the folder is chosen in a dialog. What few pages need is loaded once it is asked for.
import { counted, said } from "../i18n.js";
import { action } from "./actions.js";
import { here } from "./list.js";

export const moveInto = async (items, folder) => (await import("./placing.js")).move(items, folder);
export const copyInto = async (items, folder) => (await import("./placing.js")).copy(items, folder);

const titleOf = (items, one, [singular, plural]) =>
  (items.length === 1 ? said(one, { name: items[0].name }) : counted(singular, plural, items.length));

/** Return what says why a folder does not do for these items. */
function refusalOf(items, moves) {
  return (folder, { enters }) => {
    if (items.some((item) => item.id === folder.id)) return gettext("A folder cannot go into itself.");
    if (enters) return null;
    if (!folder.abilities.includes("add")) return gettext("You may not put anything in here.");
    if (moves && items.every((item) => item.parent === folder.id)) return gettext("That is where it is already.");
    return null;
  };
}

async function bring(items, { title, label, moves }) {
  const { pickFolder } = await import("./picker.js");
  const folder = await pickFolder({ title, label, begin: here().folder, refuses: refusalOf(items, moves) });
  if (folder) await (moves ? moveInto : copyInto)(items, folder);
}

action({
  name: "move",
  label: gettext("Move to…"),
  icon: "move",
  order: 320,
  needs: ["change"],
  act: (items) => bring(items, {
    title: titleOf(items, gettext("Move “%(name)s”"), ["Move %(count)s item", "Move %(count)s items"]),
    label: gettext("Move here"),
    moves: true,
  }),
});

action({
  name: "copy",
  label: gettext("Copy to…"),
  icon: "copy",
  order: 330,
  needs: ["read"],
  act: (items) => bring(items, {
    title: titleOf(items, gettext("Copy “%(name)s”"), ["Copy %(count)s item", "Copy %(count)s items"]),
    label: gettext("Copy here"),
    moves: false,
  }),
});
