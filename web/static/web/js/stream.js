// Server-sent events from the body of an answer (WHATWG HTML section 9.2.6), as far as CloudBox sends them.

/** Yield what the body says, piece by piece, as {id, event, data}; a piece without data only tells how far it got. */
export async function* eventsIn(body) {
  let fields = {};
  for await (const line of linesIn(body)) {
    if (line === "") {
      yield { ...fields, data: fields.data && JSON.parse(fields.data) };
      fields = {};
      continue;
    }
    const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (name) fields[name] = name === "data" && fields.data ? `${fields.data}\n${value}` : value;
  }
}

async function* linesIn(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    yield* lines;
  }
}
