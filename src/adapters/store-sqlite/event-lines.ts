import { open } from 'node:fs/promises';
import type { BuildEvent } from '../../ports/events.ts';

const READ_BYTES = 64 * 1024;
/** A line beyond this is no event of ours; it is passed over instead of filling the memory. */
const LONGEST_LINE_BYTES = 8 * 1024 * 1024;
const NEWLINE = 0x0a;

/** How far a file was read, with the beginning of a line whose end is not there yet. */
export interface ReadPosition {
  readonly path: string;
  offset: number;
  rest: Buffer;
  /** Inside a line that is too long. */
  isSkipping: boolean;
}

export function startOf(path: string): ReadPosition {
  return { path, offset: 0, rest: Buffer.alloc(0), isSkipping: false };
}

/** The events from `position` to the end of the file as it is now; none where there is no file. Memory stays bounded. */
export async function* readOn(position: ReadPosition): AsyncGenerator<BuildEvent> {
  const file = await open(position.path, 'r').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return;
  try {
    const bytes = Buffer.alloc(READ_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(bytes, 0, READ_BYTES, position.offset);
      if (bytesRead === 0) return;
      position.offset += bytesRead;
      yield* eventsIn(position, bytes.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/** The last line where it has no line break: whole, or torn by the end of its process. */
export function restOf(position: ReadPosition): BuildEvent | null {
  return parseEvent(position.rest.toString('utf8'));
}

function* eventsIn(position: ReadPosition, chunk: Buffer): Generator<BuildEvent> {
  let begin = 0;
  for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
    const line = Buffer.concat([position.rest, chunk.subarray(begin, end)]).toString('utf8');
    const event = position.isSkipping ? null : parseEvent(line);
    position.rest = Buffer.alloc(0);
    position.isSkipping = false;
    begin = end + 1;
    if (event !== null) yield event;
  }
  position.rest = Buffer.concat([position.rest, chunk.subarray(begin)]);
  if (position.rest.length > LONGEST_LINE_BYTES) {
    position.rest = Buffer.alloc(0);
    position.isSkipping = true;
  }
}

function parseEvent(line: string): BuildEvent | null {
  if (!line.startsWith('{')) return null;
  try {
    const event = JSON.parse(line) as Partial<BuildEvent>;
    return typeof event.kind === 'string' && typeof event.seq === 'number' ? (event as BuildEvent) : null;
  } catch {
    return null;
  }
}
