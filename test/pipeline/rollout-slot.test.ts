import { describe, expect, it } from 'vitest';
import { takeSlot } from '../../src/pipeline/rollout-slot.ts';
import type { LockHandle, Store } from '../../src/ports/store.ts';
import { rolloutContext } from '../fakes/rollout-context.ts';
import { rolloutStore } from '../fakes/rollout-store.ts';
import { scriptedTarget } from '../fakes/scripted-target.ts';
import { targetPlan } from '../fakes/target-plan.ts';

/** Locks in memory: one holder each, and whoever waits gets it when it is released. */
function lockingStore(): Store {
  const held = new Map<string, Promise<void>>();
  const lock: Store['lock'] = async (name, { signal, onBusy }) => {
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    stopped.catch(() => undefined);
    for (let isTold = false; ; isTold = true) {
      const holder = held.get(name);
      if (holder === undefined) break;
      if (!isTold) onBusy('somebody');
      await Promise.race([holder, stopped]);
    }
    const free = Promise.withResolvers<void>();
    held.set(name, free.promise);
    const release = (): Promise<void> => {
      held.delete(name);
      free.resolve();
      return Promise.resolve();
    };
    return { name, fence: 1, release };
  };
  return { ...rolloutStore().store, lock };
}

function sceneOf(signal = new AbortController().signal) {
  const store = lockingStore();
  const { context, events } = rolloutContext({ target: scriptedTarget().target, store, signal });
  return { take: (concurrency: number): Promise<LockHandle> => takeSlot(context, targetPlan({ concurrency })), events };
}

describe('the rollouts side by side in an environment', () => {
  it('are as many as its configuration says, and the next one begins when one ends', async () => {
    const { take, events } = sceneOf();
    const [first, second] = [await take(2), await take(2)];
    expect([first.name, second.name]).toStrictEqual(['rollout slot 1 of dev', 'rollout slot 2 of dev']);
    let isThere = false;
    const third = take(2).then((slot) => {
      isThere = true;
      return slot;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isThere).toBe(false);
    expect(events).toStrictEqual([{ kind: 'waiting', forWhom: 'the 2 other rollouts in dev' }]);
    await second.release();
    expect((await third).name).toBe('rollout slot 2 of dev');
  });

  it('take one place each, also where two come free at once', async () => {
    const { take } = sceneOf();
    const [first, second] = [await take(2), await take(2)];
    const third = take(2);
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first.release(), second.release()]);
    await third;
    await expect(take(2)).resolves.toBeDefined();
  });

  it('are not waited for by a build that is told to stop', async () => {
    const stop = new AbortController();
    const { take } = sceneOf(stop.signal);
    await take(1);
    const waits = take(1);
    stop.abort(new Error('enough'));
    await expect(waits).rejects.toThrow('enough');
  });
});
