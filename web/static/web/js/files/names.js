// What has a name already. Asked first: a refusal would come too late for a question.
import { call } from "../api.js";

/** Return what is called so in a folder: at most a file and a folder. */
export async function called(name, folder) {
  const { items } = await call("GET", `store/folders/${folder}/content?name=${encodeURIComponent(name)}`);
  return items;
}

/** Return what to say of a name that is taken by something else than `id`; nothing if it is free. */
export async function takenBy(name, folder, id = null) {
  const others = folder ? (await called(name, folder)).filter((one) => one.id !== id) : [];
  return others.length ? gettext("The folder already has something of that name.") : "";
}
