// The star: what one wants to find again at once.
import { call } from "../api.js";
import { counted } from "../i18n.js";
import { action } from "./actions.js";
import { refresh } from "./list.js";
import { done } from "./undo.js";

const allLiked = (items) => items.every((item) => item.liked);

action({
  name: "favourite",
  label: (items) => (allLiked(items) ? gettext("Remove from favourites") : gettext("Add to favourites")),
  icon: "star",
  order: 300,
  needs: ["read"],
  act: (items) => like(items, !allLiked(items)),
});

/** Give these items a star, or take it away. */
export async function like(items, wanted) {
  const changed = items.filter((item) => item.liked !== wanted);
  await star(changed, wanted);
  const count = changed.length;
  const said = wanted
    ? counted("%(count)s added to your favourites.", "%(count)s added to your favourites.", count)
    : counted("%(count)s removed from your favourites.", "%(count)s removed from your favourites.", count);
  done(said, () => star(changed, !wanted));
}

async function star(items, wanted) {
  for (const item of items) await call(wanted ? "PUT" : "DELETE", `store/assets/${item.id}/favourite`);
  await refresh();
}
