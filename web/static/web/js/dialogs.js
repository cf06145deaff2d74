// Dialogs: made from a <template>, or asked of the server; closed by Escape, by their cross, and by what they did.

/** Show a dialog with the content of the template `id`; `fill(dialog)` fills it in. Return the dialog. */
export function openDialog(id, fill = () => {}) {
  const dialog = document.getElementById(id).content.firstElementChild.cloneNode(true);
  document.body.append(dialog);
  fill(dialog);
  window.htmx?.process(dialog);
  return show(dialog);
}

/** Show the dialog that a page of the server is. */
export async function openDialogFrom(address) {
  const holder = document.createElement("div");
  document.body.append(holder);
  await window.htmx.ajax("GET", address, { target: holder, swap: "innerHTML" });
  const dialog = holder.querySelector("dialog");
  if (!dialog) { holder.remove(); return null; }
  dialog.addEventListener("close", () => holder.remove());
  return show(dialog);
}

function show(dialog) {
  const before = document.activeElement;
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
  dialog.addEventListener("close", () => { dialog.remove(); before?.focus?.(); });
  dialog.showModal();
  return dialog;
}
