// Pieces of pages that htmx brings: see web/pieces.py.

/** Let forms in what `isOurs` tells of an element be shown again when they were refused, with what is wrong at its field. */
export function showRefusalsIn(isOurs) {
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr } = event.detail;
    if (!isOurs(target) || xhr.status < 400 || xhr.status >= 500 || xhr.status === 404) return;
    if (!xhr.getResponseHeader("Content-Type")?.startsWith("text/html")) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });
}
