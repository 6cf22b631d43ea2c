import { AbortReason } from '../errors/abort-reason.ts';
import type { LockHandle } from '../ports/store.ts';
import type { TargetPlan } from '../ports/target.ts';
import type { StageContext } from './context.ts';

/**
 * One of the rollouts that an environment has side by side (`rollout.concurrency`), of all processes that share the
 * state. Waits for whichever place comes free first; the next place is asked for only where the one before is taken.
 */
export async function takeSlot(context: StageContext, { env, concurrency }: TargetPlan): Promise<LockHandle> {
  const chosen = new AbortController();
  const signal = AbortSignal.any([context.signal, chosen.signal]);
  const slot = Promise.withResolvers<LockHandle>();
  const ask = async (place: number): Promise<void> => {
    const lock = await context.ports.store.lock(`rollout slot ${String(place)} of ${env}`, {
      owner: context.startedBy,
      signal,
      onBusy: () => {
        if (place < concurrency) void ask(place + 1).catch(slot.reject);
        else context.emit({ kind: 'waiting', forWhom: `the ${String(concurrency)} other rollouts in ${env}` });
      },
    });
    // Two places came free in one moment: the other one is enough.
    if (chosen.signal.aborted) return lock.release();
    slot.resolve(lock);
    chosen.abort(new AbortReason('canceled', 'another place came free'));
  };
  void ask(1).catch(slot.reject);
  return slot.promise;
}
