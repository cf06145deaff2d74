// What was done last, and how it is undone: by the button of its toast, and by Ctrl+Z.
import { complain, toast } from "../toasts.js";
import { action } from "./actions.js";
import { refresh } from "./list.js";

const MOST = 20;
const past = []; // what can be undone, the latest last

/** Say that something was done; `undo` undoes it. */
export function done(text, undo) {
  const one = { undo };
  past.push(one);
  if (past.length > MOST) past.shift();
  one.hide = toast(text, { action: { label: gettext("Undo"), act: () => takeBack(one) } });
}

async function takeBack(one) {
  const at = past.indexOf(one);
  if (at < 0) return; // it is undone already
  past.splice(at, 1);
  one.hide();
  try {
    await one.undo();
    toast(gettext("Undone."));
  } catch (error) {
    complain(error);
  }
  await refresh();
}

action({
  name: "undo",
  label: gettext("Undo"),
  icon: "undo",
  order: 350,
  of: "folder",
  trash: "both",
  key: "Ctrl+z",
  when: () => past.length > 0,
  act: () => takeBack(past.at(-1)),
});
