// Opening: a folder shows what is in it, a file what it contains.
import { action } from "./actions.js";
import { rowOf } from "./list.js";

action({
  name: "open",
  label: gettext("Open"),
  icon: (items) => (items[0].kind === "folder" ? "folder" : "eye"),
  order: 100,
  needs: ["read"],
  many: false,
  bar: false,
  act: ([item]) => rowOf(item.id)?.querySelector("a.item-name")?.click(),
});
