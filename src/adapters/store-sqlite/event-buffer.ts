import type { BuildEvent } from '../../ports/events.ts';

/** While nothing can be written, output beyond this is left out of the file; everything else is kept for later. */
const KEEP_CHARACTERS = 4 * 1024 * 1024;

/** Events as lines of a file, until they can be written. */
export interface EventBuffer {
  /** `isStuck`: nothing can be written at the moment. Output that is left out then leaves a warning in its place. */
  add(event: BuildEvent, isStuck: boolean): void;
  /** All lines so far, which leave the buffer. */
  take(): string;
  readonly characters: number;
}

interface Gap {
  readonly count: number;
  readonly last: BuildEvent;
}

export function createEventBuffer(keepCharacters: number = KEEP_CHARACTERS): EventBuffer {
  let entries: (string | Gap)[] = [];
  let characters = 0;

  function leaveOut(event: BuildEvent): void {
    const tail = entries.at(-1);
    if (typeof tail !== 'object') entries.push({ count: 1, last: event });
    else entries[entries.length - 1] = { count: tail.count + 1, last: event };
  }

  return {
    add(event, isStuck) {
      if (isStuck && characters > keepCharacters && event.kind === 'log') {
        leaveOut(event);
        return;
      }
      const line = `${JSON.stringify(event)}\n`;
      entries.push(line);
      characters += line.length;
    },
    take() {
      const text = entries.map((entry) => (typeof entry === 'string' ? entry : gapLine(entry))).join('');
      entries = [];
      characters = 0;
      return text;
    },
    get characters() {
      return characters;
    },
  };
}

function gapLine({ count, last }: Gap): string {
  const stage = last.kind === 'log' ? last.stage : '';
  const what = count === 1 ? '1 piece of output is' : `${String(count)} pieces of output are`;
  const message = `${what} missing here: the disk of the state was full`;
  const warning: BuildEvent = { kind: 'warning', stage, message, seq: last.seq, at: last.at };
  return `${JSON.stringify(warning)}\n`;
}
