import { AbortReason } from '../errors/abort-reason.ts';
import type { Clock } from '../ports/clock.ts';
import type { BuildHandle, Store } from '../ports/store.ts';

export interface Lease {
  /** Aborted when the build was taken over (`lost`) or somebody asked for its end (`canceled`). */
  readonly signal: AbortSignal;
  stop(): void;
}

/** Says every few seconds that this process still owns the build, and listens to the answer. */
export function keepLease(parts: { store: Store; clock: Clock; build: BuildHandle }): Lease {
  const lost = new AbortController();
  const stopped = new AbortController();
  void beat(parts, { lost, stopped: stopped.signal });
  return { signal: lost.signal, stop: () => stopped.abort() };
}

async function beat(
  { store, clock, build }: { store: Store; clock: Clock; build: BuildHandle },
  { lost, stopped }: { lost: AbortController; stopped: AbortSignal },
): Promise<void> {
  while (!stopped.aborted) {
    const isOver = await clock.sleep(store.heartbeatMs, stopped).then(
      () => false,
      () => true,
    );
    if (isOver) return;
    // A heartbeat that could not be written is not a lost lease: the next one tells.
    const answer = await store.heartbeat(build).catch(() => 'ok' as const);
    if (answer === 'lost') lost.abort(new AbortReason('lost', 'another process took this build over'));
    if (answer === 'cancel') lost.abort(new AbortReason('canceled', 'the build was canceled from outside'));
    if (answer !== 'ok') return;
  }
}
