import { statfs } from 'node:fs/promises';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { EngineResources, Upkeep } from '../../ports/upkeep.ts';
import { callEngine, recordOf, refusedCall, stringOf } from '../engine/call.ts';
import type { Engine } from '../engine/open-engine.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import { cacheBytes, prune } from './prune.ts';
import { removeImagesOn } from './remove-images.ts';
import { shareEngine, takeEngineAlone } from './turns.ts';

export interface UpkeepOptions {
  /** The engine, found at the first call. */
  readonly engine: () => Promise<Engine>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identity: ProcessIdentity;
}

const PING_LIMIT_MS = 5_000;
const PING_PAUSE_MS = 500;

/** Care for a Docker engine, through its API alone. */
export function createUpkeep(options: UpkeepOptions): Upkeep {
  const { clock, logger, identity } = options;
  const turnParts = async () => ({ engine: await options.engine(), clock, logger, identity });
  return {
    share: async (request) => shareEngine(await turnParts(), request),
    takeAlone: async (request) => takeEngineAlone(await turnParts(), request),
    prune: async (scope, signal) => prune({ engine: await options.engine(), clock }, scope, signal),
    cacheBytes: async (signal) => cacheBytes(await options.engine(), signal),
    removeImagesOn: async (bases, signal) => removeImagesOn(await options.engine(), bases, signal),
    awaitAnswer: async ({ limitMs, signal }) => awaitAnswer({ engine: await options.engine(), clock, limitMs, signal }),
    resources: async (signal) => readResources(await options.engine(), signal),
  };
}

async function awaitAnswer(wait: {
  engine: Engine;
  clock: Clock;
  limitMs: number;
  signal: AbortSignal;
}): Promise<boolean> {
  const { engine, clock, limitMs, signal } = wait;
  const untilMs = clock.monotonicMs() + limitMs;
  while (clock.monotonicMs() < untilMs) {
    if (await answers(engine, signal)) return true;
    await clock.sleep(PING_PAUSE_MS, signal);
  }
  return false;
}

async function answers(engine: Engine, signal: AbortSignal): Promise<boolean> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PING_LIMIT_MS)]);
    return (await callEngine(engine, { method: 'GET', path: '/_ping', signal: limit })).status === 200;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

async function readResources(engine: Engine, signal: AbortSignal): Promise<EngineResources> {
  const request = { method: 'GET', path: '/info', signal } as const;
  const answer = await callEngine(engine, request);
  if (answer.status !== 200) throw refusedCall(request, answer);
  const { Name: name, MemTotal: memory, DockerRootDir: root } = recordOf(answer.body);
  return {
    name: stringOf(name),
    memoryBytes: typeof memory === 'number' && memory > 0 ? memory : null,
    freeDiskBytes: engine.endpoint.to.kind === 'unix' ? await freeBytes(stringOf(root)) : null,
  };
}

/** A socket is the engine's own machine, or a container of it: there its folder is not to be seen. */
async function freeBytes(folder: string): Promise<number | null> {
  try {
    const disk = await statfs(folder);
    return disk.bavail * disk.bsize;
  } catch {
    return null;
  }
}
