import type { EngineResources } from '../ports/upkeep.ts';
import { bytesText } from '../values/size.ts';
import { makeRoom } from './heal-steps.ts';
import type { EngineHold } from './engine-hold.ts';
import type { HealerParts } from './heal-parts.ts';

/** What a build may need beside its image: layers that are made anew, and the context. */
const ROOM = 1.5;

interface SpaceNeed {
  readonly freeBytes: number;
  readonly neededBytes: number;
}

/** Null where there is room, or where nobody knows. */
export function lacksRoom(resources: EngineResources | null, lastBytes: number | null): SpaceNeed | null {
  const freeBytes = resources?.freeDiskBytes ?? null;
  if (freeBytes === null || lastBytes === null) return null;
  const neededBytes = lastBytes * ROOM;
  return freeBytes < neededBytes ? { freeBytes, neededBytes } : null;
}

/** Looks at the engine's disk, and at what the last build of the service and site took. Never rejects. */
async function lookAtSpace({ plan, context }: HealerParts): Promise<SpaceNeed | null> {
  const { service, site } = plan;
  const [resources, records] = await Promise.all([
    context.ports.upkeep.resources(context.signal).catch(() => null),
    context.ports.store.find({ service, site, pushed: true, limit: 1 }).catch(() => []),
  ]);
  return lacksRoom(resources, records[0]?.sizeBytes ?? null);
}

/** Makes room before the build runs into the end of the disk, and says loudly that there is little. Never rejects. */
async function prepareSpace(parts: HealerParts & { hold: EngineHold }, need: SpaceNeed | null): Promise<void> {
  if (need === null) return;
  const { context } = parts;
  const little = `the disk of the engine has ${bytesText(need.freeBytes)} left, and this build may need ${bytesText(need.neededBytes)}`;
  context.emit({ kind: 'recovering', stage: 'build', detail: `${little}: making room in its cache` });
  const freed = await makeRoom(parts).catch(() => null);
  context.signal.throwIfAborted();
  const result = freed === null ? 'its cache could not be emptied' : `${bytesText(freed)} of its cache were removed`;
  const message = `${little}; ${result}. Make more room there: docker system df says what takes it`;
  context.emit({ kind: 'warning', stage: 'build', message });
}

/** The engine as a build uses it. */
export interface EngineUse {
  /** To be called as soon as it is certain that something is built: asks for what `ready` waits for. */
  ask(): void;
  /** Resolves once the engine is this build's to use, beside others, and has room as far as that is known. */
  ready(): Promise<void>;
  /** Gives the engine back. May be called twice; never rejects. */
  release(): Promise<void>;
}

export function useEngine(parts: HealerParts & { hold: EngineHold }): EngineUse {
  const { hold } = parts;
  let space: Promise<SpaceNeed | null> | null = null;
  return {
    ask: () => {
      hold.ask();
      space ??= lookAtSpace(parts);
    },
    async ready() {
      await hold.ready();
      const need = await space;
      space = null;
      await prepareSpace(parts, need);
    },
    release: () => hold.release(),
  };
}
