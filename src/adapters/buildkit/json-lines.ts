/** A line longer than this is not progress but a fault: one log message is at most a few hundred kilobytes. */
const LINE_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * JSON documents, one per line, from a stream of bytes. Blank lines are skipped; a line that is not JSON comes as
 * `{ error }` with its text, so that a proxy's error page is shown and not lost. Memory: one line.
 */
export async function* readJsonLines(bytes: AsyncIterable<Buffer>): AsyncGenerator {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, end));
      yield* parseLine(Buffer.concat(parts));
      parts = [];
      size = 0;
      from = end + 1;
    }
    parts.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > LINE_LIMIT_BYTES) throw new Error('the engine sent a line without an end');
  }
  yield* parseLine(Buffer.concat(parts));
}

function* parseLine(line: Buffer): Generator {
  const text = line.toString('utf8').trim();
  if (text === '') return;
  try {
    yield JSON.parse(text);
  } catch {
    yield { error: text.slice(0, 2_000) };
  }
}
