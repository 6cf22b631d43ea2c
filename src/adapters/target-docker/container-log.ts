import { stripVTControlCharacters } from 'node:util';
import { readEngine } from './engine-calls.ts';
import type { Place } from './place.ts';

const LAST_LINES = 20;
const LONGEST_LINE = 500;
/** The two streams come over two pipes: what was written at the same moment may be in either order. */
const SAME_MOMENT_LINES = 3;

export interface LogLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** The last 20 lines that a container wrote, oldest first. Empty where there is no log. */
export async function lastLines(place: Place, id: string, signal: AbortSignal): Promise<readonly LogLine[]> {
  try {
    const log = await readEngine(place, signal, async (abortSignal) =>
      place.docker.getContainer(id).logs({ stdout: true, stderr: true, tail: LAST_LINES, follow: false, abortSignal }),
    );
    return readableLines(log);
  } catch {
    // A log driver without reading, or an engine that is gone: the error that is being told matters more.
    return [];
  }
}

/** Cuts the engine's frames off and makes the text fit to be shown: no control characters, no endless lines. */
export function readableLines(log: Buffer): readonly LogLine[] {
  const lines = unframe(log).flatMap(({ stream, bytes }) =>
    bytes
      .toString('utf8')
      .split('\n')
      .map((line) => ({ stream, text: cleanLine(line) })),
  );
  return lines.filter(({ text }) => text.trim() !== '').slice(-LAST_LINES);
}

/** The line that says most about an ending: the last one, where there is one at that moment the last on stderr. */
export function lastWords(lines: readonly LogLine[]): string | null {
  const atTheEnd = lines.slice(-SAME_MOMENT_LINES);
  const line = atTheEnd.findLast(({ stream }) => stream === 'stderr') ?? lines.at(-1);
  return line?.text.trim() ?? null;
}

function cleanLine(line: string): string {
  const text = stripVTControlCharacters(line)
    .replaceAll('\t', ' ')
    .replaceAll(/\p{Cc}/gu, '');
  return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text;
}

interface Frame {
  readonly stream: LogLine['stream'];
  readonly bytes: Buffer;
}

/**
 * Without a terminal each chunk has a head of eight bytes: stream (0, 1, 2), three zeros, length. With a terminal the
 * text comes as it is (docs of the engine's API, "attach").
 */
function unframe(log: Buffer): readonly Frame[] {
  const frames: Frame[] = [];
  let offset = 0;
  while (offset + 8 <= log.length) {
    const isHead = log.readUInt8(offset) <= 2 && log.readUIntBE(offset + 1, 3) === 0;
    if (!isHead) break;
    const end = offset + 8 + log.readUInt32BE(offset + 4);
    const stream = log.readUInt8(offset) === 2 ? 'stderr' : 'stdout';
    frames.push({ stream, bytes: log.subarray(offset + 8, end) });
    offset = end;
  }
  return frames.length === 0 ? [{ stream: 'stdout', bytes: log }] : frames;
}
