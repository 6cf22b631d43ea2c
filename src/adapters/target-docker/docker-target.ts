import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RolloutTarget, TargetPlan } from '../../ports/target.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import { applyRollout } from './apply.ts';
import { fetchHealth, type FetchHealth } from './ask-health.ts';
import { engineFailure, readEngine } from './engine-calls.ts';
import { findContainers } from './find-containers.ts';
import type { Place, TargetEngine } from './place.ts';
import { proveRollout } from './prove.ts';
import { readState } from './read-state.ts';
import { recoverTarget } from './recover.ts';
import { restartContainer } from './restart.ts';
import { revertRollout } from './revert.ts';
import { checkTarget, readSnapshot, takeSnapshot } from './snapshot.ts';
import type { TargetTools } from './tools.ts';

export interface DockerTargetOptions {
  /** Null: the engine that the docker client would find. */
  readonly openEngine: (host: string | null) => Promise<TargetEngine>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identity: ProcessIdentity;
  /** One GET of a health check; by default over HTTP, without following redirects. */
  readonly fetchHealth?: FetchHealth;
}

/**
 * Rollouts to one container on one engine. The new container is made beside the old one under a name of its own, and
 * takes the old one's place once it is proven; until then the old one is only stopped.
 */
export function createDockerTarget(options: DockerTargetOptions): RolloutTarget {
  const tools: TargetTools = { ...options, fetchHealth: options.fetchHealth ?? fetchHealth };
  const open = createOpener(options.openEngine);
  const idOf = createIdReader();
  return {
    // The name of the staged container is the lock: the engine gives it out once, whichever machine asks.
    claim: async () => Promise.resolve({ release: async () => Promise.resolve() }),
    // An engine lets in or it does not: it has no rights to be asked for.
    rights: async () => Promise.resolve([]),
    async identity(target, signal) {
      const place = await open(target);
      return `docker ${await idOf(place, signal)} ${target.docker.project}/${target.deployment}`;
    },
    async check(target, signal) {
      await checkTarget(await open(target), signal);
    },
    async recover(target, signal) {
      await recoverTarget(await open(target), tools, signal);
    },
    async inspect(target, signal) {
      const place = await open(target);
      return readState(place, await findContainers(place, signal), signal);
    },
    snapshot: async (target, signal) => takeSnapshot(await open(target), tools, signal),
    async apply(order, snapshot) {
      await applyRollout(await open(order.target), tools, { order, snapshot: readSnapshot(snapshot) });
    },
    prove: async (order) => proveRollout(await open(order.target), tools, order),
    revert: async (target, snapshot, signal) =>
      revertRollout(await open(target), tools, { snapshot: readSnapshot(snapshot), signal }),
    restart: async (order) => restartContainer(await open(order.target), tools, order),
    // A container is made from dozens of settings: there is no one line of docker's own that brings an image back.
    nativeRollbackCommand: () => null,
  };
}

/** One connection per engine for the life of the target. */
function createOpener(openEngine: DockerTargetOptions['openEngine']): (target: TargetPlan) => Promise<Place> {
  const engines = new Map<string | null, Promise<TargetEngine>>();
  return async (target) => {
    const { host } = target.docker;
    const opening = engines.get(host) ?? openEngine(host);
    engines.set(host, opening);
    const nowhere = { address: host ?? 'the local socket', isLocal: true, hostName: null };
    try {
      const { endpoint } = await opening;
      return { docker: await (await opening).docker(), endpoint, target };
    } catch (error) {
      engines.delete(host);
      throw engineFailure({ endpoint: nowhere, target }, 'open a connection', error);
    }
  };
}

/** An engine's own id, asked for once: it is the same for as long as its data is. */
function createIdReader(): (place: Place, signal: AbortSignal) => Promise<string> {
  const asked = new Map<string, Promise<unknown>>();
  return async (place, signal) => {
    const { address } = place.endpoint;
    const known = asked.get(address);
    if (known !== undefined) return engineId(await known, place);
    const info = readEngine(place, signal, async (): Promise<unknown> => place.docker.info());
    asked.set(address, info);
    // What made it fail may be over, or be the end of that one build alone.
    info.catch(() => asked.delete(address));
    return engineId(await info, place);
  };
}

function engineId(info: unknown, { endpoint }: Place): string {
  const id = typeof info === 'object' && info !== null && 'ID' in info ? info.ID : null;
  return typeof id === 'string' && id !== '' ? id : endpoint.address;
}
