import type { Clock } from '../../ports/clock.ts';
import type { Pruned, PruneScope } from '../../ports/upkeep.ts';
import { callEngine, recordOf, refusedCall } from '../engine/call.ts';
import type { Engine, EngineRequest } from '../engine/open-engine.ts';

const PRUNE_LIMIT_MS = 15 * 60_000;
/** Somebody else's prune is waited for: the engine does one at a time. */
const BUSY_TRIES = 30;
const BUSY_PAUSE_MS = 2_000;

/** What BuildKit calls the kinds of its records, without `exec.cachemount`: caches that steps mount for themselves. */
const LAYER_TYPES = ['regular', 'internal', 'frontend', 'source.local', 'source.git.checkout'] as const;

interface PruneParts {
  readonly engine: Engine;
  readonly clock: Clock;
}

/** Empties the engine's cache. Throws ENGINE_UNREACHABLE, BUILDER_FAILED. */
export async function prune(parts: PruneParts, scope: PruneScope, signal: AbortSignal): Promise<Pruned> {
  let freedBytes = 0;
  for (const path of pathsOf(scope)) freedBytes += await pruneBy(parts, path, signal);
  return { freedBytes };
}

/** The calls for a scope, in order. */
export function pathsOf(scope: PruneScope): readonly string[] {
  if (scope.kind === 'down-to') return [`/build/prune?all=1&keep-storage=${Math.max(0, Math.round(scope.keepBytes))}`];
  if (scope.kind === 'layers')
    return LAYER_TYPES.map((type) => `/build/prune?all=1&filters=${filter({ type: [type] })}`);
  return ['/build/prune?all=1', `/images/prune?filters=${filter({ dangling: ['true'] })}`];
}

function filter(by: Readonly<Record<string, readonly string[]>>): string {
  return encodeURIComponent(JSON.stringify(by));
}

async function pruneBy({ engine, clock }: PruneParts, path: string, signal: AbortSignal): Promise<number> {
  const request: EngineRequest = { method: 'POST', path, signal };
  for (let tried = 1; ; tried += 1) {
    const answer = await callEngine(engine, request, PRUNE_LIMIT_MS);
    if (answer.status < 300) {
      return freedIn(answer.body);
    }
    if (answer.status !== 409 || tried === BUSY_TRIES) throw refusedCall(request, answer);
    await clock.sleep(BUSY_PAUSE_MS, signal);
  }
}

/** Engine 20.10 adds up -1 for records whose size it lost, in numbers without a sign: what wraps around says nothing. */
export function freedIn(body: unknown): number {
  const freed = recordOf(body)['SpaceReclaimed'];
  return typeof freed === 'number' && freed >= 0 && freed < 2 ** 60 ? freed : 0;
}

/** Bytes of all records of the cache; null where the engine does not say. */
export async function cacheBytes(engine: Engine, signal: AbortSignal): Promise<number | null> {
  const answer = await callEngine(engine, { method: 'GET', path: '/system/df', signal });
  const { BuildCache: records } = recordOf(answer.body);
  if (!Array.isArray(records)) return null;
  const sizes = records.map((record) => recordOf(record)['Size']);
  return sizes.reduce<number>((sum, size) => sum + (typeof size === 'number' ? size : 0), 0);
}
