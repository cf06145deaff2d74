// The pages of one's account: what is copied, the picture that was chosen, and the section that is shown.
import { complain, toast } from "./toasts.js";

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(gettext("Copied."));
  } catch {
    complain(new Error(gettext("This browser does not copy. Mark the text and copy it yourself.")));
  }
}

function offerToCopy(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button.closest(".copied, .snippet").querySelector("code").textContent));
  }
}

/** Show the picture that was chosen before it is sent. */
function previewPictures(root) {
  for (const holder of root.querySelectorAll("[data-preview]")) {
    const input = document.getElementById(holder.dataset.preview);
    input.addEventListener("change", () => input.files.length && showPicture(holder, input.files[0]));
  }
}

function showPicture(holder, file) {
  const reader = new FileReader();
  reader.addEventListener("load", () => {
    const image = new Image(96, 96);
    image.className = "picture";
    image.alt = gettext("The picture that you chose");
    image.addEventListener("load", () => holder.firstElementChild.replaceWith(image));
    image.src = reader.result;
  });
  reader.readAsDataURL(file);
}

/** On a phone the sections are a line that scrolls: show the present one. */
function showSection() {
  const here = document.querySelector(".account-nav [aria-current]");
  const line = here?.parentElement;
  if (line && line.scrollWidth > line.clientWidth) line.scrollLeft = here.offsetLeft - line.clientWidth / 3;
}

offerToCopy(document);
previewPictures(document);
showSection();
