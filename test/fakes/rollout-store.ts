import type { RolloutResult } from '../../src/ports/result.ts';
import type { BuildRecord, HeartbeatAnswer, OpenRollout, Store } from '../../src/ports/store.ts';
import { scriptedStore } from './scripted-store.ts';

export interface RolloutStoreScript {
  readonly heartbeat?: HeartbeatAnswer;
  readonly records?: readonly BuildRecord[];
  readonly abandoned?: readonly OpenRollout[];
  /** Who holds the lock first; the caller gets it after having been told. */
  readonly holder?: string;
}

export interface RolloutStore {
  readonly store: Store;
  /** `lock NAME`, `open ID`, `close ID STATUS`, `dismiss ID`, `release NAME`, in order. */
  readonly calls: string[];
  readonly closed: RolloutResult[];
}

/** A store as rollouts use it. */
export function rolloutStore(script: RolloutStoreScript = {}): RolloutStore {
  const calls: string[] = [];
  const closed: RolloutResult[] = [];
  let opened = 0;
  const store: Store = {
    ...scriptedStore({ heartbeat: script.heartbeat ?? 'ok' }).store,
    lock: (name, { onBusy }) => {
      if (script.holder !== undefined) onBusy(script.holder);
      calls.push(`lock ${name}`);
      const release = () => {
        calls.push(`release ${name}`);
        return Promise.resolve();
      };
      return Promise.resolve({ name, fence: 1, release });
    },
    openRollout: (build, { targetIdentity, snapshot }) => {
      opened += 1;
      calls.push(`open ${String(opened)}`);
      return Promise.resolve({ id: String(opened), buildId: build.id, targetIdentity, snapshot });
    },
    closeRollout: (_build, { id, result }) => {
      calls.push(`close ${id} ${result.status}`);
      closed.push(result);
      return Promise.resolve();
    },
    abandonedRollouts: () => Promise.resolve(script.abandoned ?? []),
    dismissRollout: (id) => {
      calls.push(`dismiss ${id}`);
      return Promise.resolve();
    },
    find: () => Promise.resolve(script.records ?? []),
  };
  return { store, calls, closed };
}
