import type { BuildEvent } from '../../src/ports/events.ts';
import type { BuildResult } from '../../src/ports/result.ts';
import type { ClaimAnswer, ClaimedBuild, HeartbeatAnswer, Store } from '../../src/ports/store.ts';

export const CLAIMED: ClaimedBuild = {
  id: 'build-1',
  token: 'token-1',
  service: 'xgen-core',
  site: 'main',
  attempt: 1,
  number: null,
  commit: null,
};

export interface StoreScript {
  /** Answers to claims, in order; the last one repeats. */
  readonly claims?: readonly ClaimAnswer[];
  readonly heartbeat?: HeartbeatAnswer;
  readonly finish?: boolean | Error;
  readonly flush?: Error;
  /** What an earlier attempt left in the log. */
  readonly log?: readonly BuildEvent[];
}

export interface ScriptedStore {
  readonly store: Store;
  readonly kept: BuildEvent[];
  readonly finished: BuildResult[];
  readonly withdrawn: string[];
}

/** A store that answers what a test says and remembers what it was told. What a session never calls, throws. */
export function scriptedStore(script: StoreScript = {}): ScriptedStore {
  const claims = [...(script.claims ?? [{ status: 'claimed', build: CLAIMED } as const])];
  const kept: BuildEvent[] = [];
  const finished: BuildResult[] = [];
  const withdrawn: string[] = [];
  const unexpected = (name: string) => () => Promise.reject(new Error(`${name} was not expected`));
  const store: Store = {
    heartbeatMs: 5,
    claim: () =>
      Promise.resolve((claims.length > 1 ? claims.shift() : claims[0]) ?? { status: 'claimed', build: CLAIMED }),
    withdraw: (waiterId) => {
      withdrawn.push(waiterId);
      return Promise.resolve();
    },
    heartbeat: () => Promise.resolve(script.heartbeat ?? 'ok'),
    draw: unexpected('draw'),
    recordFacts: () => Promise.resolve(),
    recordStage: () => Promise.resolve(),
    recordAttempt: () => Promise.resolve(),
    openRollout: unexpected('openRollout'),
    closeRollout: unexpected('closeRollout'),
    abandonedRollouts: () => Promise.resolve([]),
    dismissRollout: unexpected('dismissRollout'),
    finish: (_build, result) => {
      finished.push(result);
      return script.finish instanceof Error ? Promise.reject(script.finish) : Promise.resolve(script.finish ?? true);
    },
    requestCancel: unexpected('requestCancel'),
    appendEvents: (_build, events) => {
      kept.push(...events);
    },
    flushEvents: () => (script.flush === undefined ? Promise.resolve() : Promise.reject(script.flush)),
    async *readEvents() {
      await Promise.resolve();
      yield* script.log ?? [];
    },
    forget: unexpected('forget'),
    find: unexpected('find'),
    isAlive: unexpected('isAlive'),
    lock: unexpected('lock'),
    close: () => Promise.resolve(),
  };
  return { store, kept, finished, withdrawn };
}
