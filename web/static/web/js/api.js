// Calls to CloudBox's own API, in the browser's session.

/** What the server refused: `status`, its stable `code`, a sentence in `message`, and the whole `problem`. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || gettext("The server did not answer as it should."));
    this.status = status;
    this.code = problem.code || "";
    this.problem = problem;
  }
}

/** The network did not carry the call, or its answer. */
export class Unreachable extends Error {
  constructor() {
    super(gettext("The server cannot be reached. Check your connection and try again."));
  }
}

export const token = () => document.body.dataset.csrf;

/**
 * Call `/api/v1/<path>`; `body` is sent as JSON. Return what the answer says (null where it says nothing).
 * Throws Refused and Unreachable.
 */
export async function ask(method, path, body, headers = {}) {
  const sent = { "X-CSRFToken": token(), Accept: "application/json", ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(`/api/v1/${path}`, { method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Unreachable();
  }
  const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : null;
  if (!answer.ok) throw new Refused(answer.status, said ?? {});
  return said;
}

/** Call as `ask` does; whose session is over goes to sign in. */
export async function call(method, path, body, headers = {}) {
  try {
    return await ask(method, path, body, headers);
  } catch (error) {
    if (error.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
    throw error;
  }
}
