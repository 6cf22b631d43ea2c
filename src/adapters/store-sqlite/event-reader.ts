import type { BuildEvent } from '../../ports/events.ts';
import { readOn, restOf, startOf } from './event-lines.ts';
import { watchFile } from './file-watch.ts';
import { storeError } from './store-errors.ts';

/** How often a followed build is looked at where the system reports no change of its file. */
const POLL_MS = 500;

/** Where a build is at, as the store has it. */
export interface Progress {
  /** The latest; 0 for a build that the store does not know. */
  readonly attempt: number;
  /** False once it has ended, or its process has. */
  readonly isUnderWay: boolean;
}

export interface EventSource {
  readonly pathOf: (attempt: number) => string;
  readonly progress: () => Promise<Progress>;
}

/**
 * All events of a build, attempt after attempt. With `follow` it goes on until the build has ended or its process has
 * died. Rejects with the signal's reason.
 */
export async function* readBuildEvents(
  source: EventSource,
  options: { follow: boolean; signal: AbortSignal },
): AsyncGenerator<BuildEvent> {
  let latest = await source.progress();
  for (let attempt = 1; attempt <= latest.attempt; attempt += 1) {
    const isLast = attempt === latest.attempt;
    yield* readAttempt({ source, attempt, follow: options.follow && isLast, signal: options.signal });
    if (options.follow) latest = await source.progress();
  }
}

interface AttemptOrder {
  readonly source: EventSource;
  readonly attempt: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

async function* readAttempt({ source, attempt, follow, signal }: AttemptOrder): AsyncGenerator<BuildEvent> {
  const position = startOf(source.pathOf(attempt));
  const watch = follow ? watchFile(position.path) : null;
  try {
    for (;;) {
      signal.throwIfAborted();
      // Asked before reading: what was written before the end is then read after it.
      const progress = follow ? await source.progress() : null;
      let hasEnded = false;
      for await (const event of readOn(position)) {
        signal.throwIfAborted();
        hasEnded ||= event.kind === 'build-finished';
        yield event;
      }
      if (hasEnded || watch === null || progress === null) break;
      if (!progress.isUnderWay || progress.attempt !== attempt) break;
      await watch.nextChange(POLL_MS, signal);
    }
    const rest = restOf(position);
    if (rest !== null) yield rest;
  } catch (error) {
    if (signal.aborted) throw error;
    throw storeError(error, position.path);
  } finally {
    watch?.close();
  }
}
