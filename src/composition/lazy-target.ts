import type { RolloutTarget } from '../ports/target.ts';

/** Only some hold on to something that is to be closed. */
type Loaded = RolloutTarget & { close?(): Promise<void> };
type Lazy = RolloutTarget & { close(): Promise<void> };

/** A target whose code is loaded when it is first asked something: whoever does not roll out there never waits for it. */
export function lazyTarget(load: () => Promise<Loaded>): Lazy {
  let loading: Promise<Loaded> | null = null;
  let loaded: Loaded | null = null;
  const target = async (): Promise<Loaded> => {
    loading ??= load();
    loaded = await loading;
    return loaded;
  };
  return {
    claim: async (...args) => (await target()).claim(...args),
    rights: async (...args) => (await target()).rights(...args),
    identity: async (...args) => (await target()).identity(...args),
    recover: async (...args) => (await target()).recover(...args),
    inspect: async (...args) => (await target()).inspect(...args),
    check: async (...args) => (await target()).check(...args),
    snapshot: async (...args) => (await target()).snapshot(...args),
    apply: async (...args) => (await target()).apply(...args),
    prove: async (...args) => (await target()).prove(...args),
    revert: async (...args) => (await target()).revert(...args),
    restart: async (...args) => (await target()).restart(...args),
    // Asked only about what was rolled out, and by then it is loaded.
    nativeRollbackCommand: (...args) => loaded?.nativeRollbackCommand(...args) ?? null,
    close: async () => {
      if (loading !== null) await (await loading).close?.();
    },
  };
}
