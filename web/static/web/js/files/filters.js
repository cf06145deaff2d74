// The filters of a search apply as soon as one is chosen.
import { action } from "./actions.js";
import { here } from "./list.js";

document.querySelector("[data-filters]")?.addEventListener("change", (event) => {
  if (event.target.matches("select")) event.currentTarget.requestSubmit();
});

action({
  name: "search-here",
  label: gettext("Search in this folder"),
  icon: "search",
  order: 400,
  of: "folder",
  when: () => Boolean(here().folder),
  act: () => location.assign(`/search?folder=${here().folder}`),
});
