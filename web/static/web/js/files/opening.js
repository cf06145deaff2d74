// Opening a folder; "preview" opens files.
import { action } from "./actions.js";
import { rowOf } from "./list.js";

action({
  name: "open",
  label: gettext("Open"),
  icon: "folder",
  order: 100,
  needs: ["read"],
  many: false,
  kinds: ["folder"],
  bar: false,
  act: ([item]) => rowOf(item.id)?.querySelector("a.item-name")?.click(),
});
