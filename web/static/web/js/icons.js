// The drawings of icons.svg, as `{% icon %}` makes them in templates.
const SHEET = new URL("../icons.svg", import.meta.url).pathname;
const SVG = "http://www.w3.org/2000/svg";

export function icon(name, kind = "") {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", `icon ${kind}`.trim());
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${SHEET}#${name}`);
  drawing.append(use);
  return drawing;
}
