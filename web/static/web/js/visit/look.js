// Showing what is in a PDF or a text in the page of a link, once somebody asks for it: only then its bytes come.
import { complain } from "../toasts.js";
import { showText } from "../look/text.js";

async function show(button) {
  const place = document.createElement("div");
  const stage = button.closest(".visit-preview");
  if (button.dataset.show === "pdf") {
    const frame = document.createElement("iframe");
    frame.src = button.dataset.address;
    frame.title = button.dataset.name;
    place.append(frame);
  } else {
    Object.assign(place, { className: "stage-text wrapped", tabIndex: 0 });
    Object.assign(place.dataset, { text: button.dataset.address, size: button.dataset.size });
    place.setAttribute("role", "region");
    place.setAttribute("aria-label", button.dataset.name);
    if (!(await showText(place))) throw new Error(gettext("This is no text."));
  }
  stage.classList.add("shown-here");
  stage.replaceChildren(place);
  place.focus();
}

for (const button of document.querySelectorAll("[data-show]")) {
  button.hidden = false;
  button.addEventListener("click", () => show(button).catch(complain));
}
