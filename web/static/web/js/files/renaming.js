// Another name, typed where the old one stands.
import { Refused, call } from "../api.js";
import { complain } from "../toasts.js";
import { itemOf, refresh, rowOf } from "./list.js";
import { refuse } from "./making.js";
import { takenBy } from "./names.js";
import { goTo } from "./selection.js";
import { done } from "./undo.js";
import { said } from "../i18n.js";

/** Let the name of an item be typed anew. */
export function rename([{ id }]) {
  const row = rowOf(id);
  const item = itemOf(row);
  if (!row || row.dataset.busy) return;
  const { box, field, close } = openField(row, item);
  let over = false;
  const end = () => {
    if (over) return;
    over = true; // first: a field that goes is left, too
    close();
  };
  const wrong = (text) => { field.readOnly = false; refuse(field, box.querySelector("[data-wrong]"), text); };
  const finish = async (left) => {
    const name = field.value.trim();
    if (over || field.readOnly) return;
    if (name === item.name || !name) return end();
    field.readOnly = true;
    try {
      const taken = await takenBy(name, item.parent, item.id);
      if (taken && !left) return wrong(taken);
      if (!taken) await give(item, name);
      end();
      await refresh();
      if (taken) complain({ message: taken });
    } catch (error) {
      if (error instanceof Refused && !left) return wrong(error.code === "precondition_failed" ? gettext("Somebody else has changed it meanwhile.") : error.message);
      end();
      complain(error);
    }
  };
  listen(box, { end, finish });
}

/** Put a field where the name of an item stands. Return it in its box, with what puts the name back. */
function openField(row, item) {
  row.dataset.busy = "renaming"; // no refresh takes the row away
  const shown = row.querySelector(".item-name");
  const box = document.getElementById("rename-box").content.firstElementChild.cloneNode(true);
  const field = box.querySelector("input");
  field.value = item.name;
  shown.hidden = true;
  shown.after(box);
  field.focus();
  field.setSelectionRange(0, stemOf(item));
  const close = () => {
    const held = box.contains(document.activeElement);
    delete row.dataset.busy;
    box.remove();
    shown.hidden = false;
    if (held && row.isConnected) goTo(row);
  };
  return { box, field, close };
}

function listen(box, { end, finish }) {
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") end();
    else if (event.key === "Enter") { event.preventDefault(); finish(false); }
  });
  for (const kind of ["click", "dblclick", "pointerdown", "dragstart"]) box.addEventListener(kind, (event) => event.stopPropagation());
  box.addEventListener("focusout", () => finish(true));
}

/** Return how much of a name is selected at first: a file's without its extension. */
function stemOf({ kind, name }) {
  const dot = name.lastIndexOf(".");
  return kind === "file" && dot > 0 ? dot : name.length;
}

async function give(item, name) {
  const patch = (to, revision) => call("PATCH", `store/${item.kind}s/${item.id}`, { name: to }, { "If-Match": `"${revision}"` });
  const { revision } = await patch(name, item.revision);
  done(said(gettext("Renamed to “%(name)s”."), { name }), () => patch(item.name, revision));
}
