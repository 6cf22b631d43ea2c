import { stripVTControlCharacters } from 'node:util';
import { readEngine } from './engine-calls.ts';
import type { Place } from './place.ts';

const LAST_LINES = 20;
const LONGEST_LINE = 500;

/** The last 20 lines that a container wrote, oldest first, without control characters. Empty where there is no log. */
export async function lastLines(place: Place, id: string, signal: AbortSignal): Promise<readonly string[]> {
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

/** Cuts the engine's frames off and makes the text fit to be shown. */
export function readableLines(log: Buffer): readonly string[] {
  const lines = unframe(log).toString('utf8').split('\n');
  const shown = lines.map((line) => cleanLine(line)).filter((line) => line.trim() !== '');
  return shown.slice(-LAST_LINES);
}

/** The line that says most about an ending: the last one. */
export function lastWords(lines: readonly string[]): string | null {
  return lines.at(-1)?.trim() ?? null;
}

function cleanLine(line: string): string {
  const text = stripVTControlCharacters(line)
    .replaceAll('\t', ' ')
    .replaceAll(/\p{Cc}/gu, '');
  return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text;
}

/**
 * Without a terminal each chunk has a head of eight bytes: stream (0, 1, 2), three zeros, length. With a terminal the
 * text comes as it is (docs of the engine's API, "attach").
 */
function unframe(log: Buffer): Buffer {
  const parts: Buffer[] = [];
  let offset = 0;
  while (offset + 8 <= log.length) {
    const isHead = log.readUInt8(offset) <= 2 && log.readUIntBE(offset + 1, 3) === 0;
    if (!isHead) return offset === 0 ? log : Buffer.concat(parts);
    const length = log.readUInt32BE(offset + 4);
    parts.push(log.subarray(offset + 8, offset + 8 + length));
    offset += 8 + length;
  }
  return parts.length === 0 ? log : Buffer.concat(parts);
}
