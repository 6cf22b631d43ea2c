import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Redactor } from '../../ports/redactor.ts';
import type { Registries } from '../../ports/registry.ts';
import type { RolloutTarget, TargetPlan, TargetSnapshot } from '../../ports/target.ts';
import { formatImage } from '../../values/image-reference.ts';
import { shellWord } from '../../values/shell-word.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import { authorityOf, createAccess } from './access.ts';
import { applyRollout, type Applied } from './apply.ts';
import { checkTarget } from './check.ts';
import { claimTarget } from './claim.ts';
import { identityOf } from './identity.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import { kubectlWords } from './kubectl-words.ts';
import type { Cluster, Place } from './place.ts';
import { proveRollout } from './prove.ts';
import { readState } from './read-state.ts';
import { recoverTarget } from './recover.ts';
import { revertRollout } from './revert.ts';
import { readTarget, type Reading } from './reading.ts';
import { readRights } from './rights.ts';
import { readSnapshot, takeSnapshot } from './snapshot.ts';
import { createTransport } from './transport.ts';
import { kindOf } from './workload.ts';

export interface KubernetesTargetOptions {
  /** For KUBECONFIG, HOME and what a pod is told of its cluster. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly registries: Registries;
  readonly identity: ProcessIdentity;
  /** Where a pod finds its own account; by default where Kubernetes mounts it. */
  readonly accountDir?: string;
}

export interface KubernetesTarget extends RolloutTarget {
  /** Ends the connections that are kept. */
  close(): Promise<void>;
}

/**
 * Rollouts of one container of a Deployment, StatefulSet or DaemonSet. All that the next run needs to know, on any
 * machine, is in annotations of the workload. One process's rollouts keep in memory only what they changed last.
 */
export function createKubernetesTarget(options: KubernetesTargetOptions): KubernetesTarget {
  const opener = createOpener(options);
  const open = async (target: TargetPlan): Promise<Place> => opener.open(target);
  /** What each snapshot's rollout changed: `prove` goes on from there. */
  const applied = new WeakMap<TargetSnapshot, Applied>();
  const inspected = createReadings(options.clock);
  return {
    claim: async (target, by) => claimTarget(await open(target), by),
    rights: async (target, signal) => readRights(await open(target), signal),
    identity: async (target, signal) => identityOf(await open(target), signal),
    recover: async (target, signal) => recoverTarget(await open(target), signal),
    async inspect(target, signal) {
      const place = await open(target);
      const reading = await readTarget(place, { signal });
      if (reading !== null) inspected.put(target, reading);
      return readState(place, reading, signal);
    },
    check: async (target, signal) => checkTarget(await open(target), signal),
    snapshot: async (target, signal) => takeSnapshot(await open(target), { reading: inspected.take(target), signal }),
    async apply(order, snapshot) {
      const place = await open(order.target);
      applied.set(snapshot, await applyRollout(place, { order, snapshot: readSnapshot(snapshot) }));
    },
    prove: async (order, snapshot) => proveRollout(await open(order.target), order, applied.get(snapshot) ?? null),
    revert: async (target, snapshot, signal) =>
      revertRollout(await open(target), { before: readSnapshot(snapshot).before, signal }),
    async restart(order) {
      const place = await open(order.target);
      const taken = await takeSnapshot(place, { reading: inspected.take(order.target), signal: order.signal });
      const snapshot = readSnapshot(taken);
      const isPinned = snapshot.image.endsWith(`@${order.image.digest}`);
      const restarted = await applyRollout(place, { order, snapshot, ...(isPinned ? { image: snapshot.image } : {}) });
      return proveRollout(place, order, restarted);
    },
    nativeRollbackCommand: (target, image) => {
      const object = `${kindOf(target).word}/${target.deployment}`;
      const set = `${target.container}=${formatImage(image.reference)}`;
      const words = ['kubectl', ...kubectlWords(target, options), '-n', target.namespace, 'set', 'image', object, set];
      return words.map((word) => shellWord(word)).join(' ');
    },
    close: async () => opener.close(),
  };
}

/** How old a reading may be that a snapshot is made of. The change itself is made of what is there then, or not at all. */
const FRESH_MS = 3_000;

/** The last reading of each target, for the snapshot that nearly always follows at once. */
function createReadings(clock: Clock) {
  const readings = new Map<string, { readonly reading: Reading; readonly atMs: number }>();
  const keyOf = ({ kubernetes, namespace, workload, deployment, container }: TargetPlan): string =>
    JSON.stringify([kubernetes.kubeconfig, kubernetes.context, namespace, workload, deployment, container]);
  return {
    put: (target: TargetPlan, reading: Reading): void =>
      void readings.set(keyOf(target), { reading, atMs: clock.monotonicMs() }),
    take: (target: TargetPlan): Reading | null => {
      const found = readings.get(keyOf(target));
      readings.delete(keyOf(target));
      return found !== undefined && clock.monotonicMs() - found.atMs < FRESH_MS ? found.reading : null;
    },
  };
}

/** One cluster per environment, kubeconfig and context for the life of the target. */
function createOpener(options: KubernetesTargetOptions) {
  const clusters = new Map<string, Promise<Cluster>>();
  const { clock, logger, registries, identity } = options;
  const tools = { clock, logger, registries, identity };
  return {
    async open(target: TargetPlan): Promise<Place> {
      const { kubeconfig, context } = target.kubernetes;
      const key = JSON.stringify([target.env, kubeconfig, context]);
      const opening = clusters.get(key) ?? openCluster(target, options);
      clusters.set(key, opening);
      // A file that is not there may be the next time.
      opening.catch(() => clusters.delete(key));
      return { target, cluster: await opening, tools };
    },
    async close(): Promise<void> {
      const opened = await Promise.allSettled(clusters.values());
      for (const cluster of opened) if (cluster.status === 'fulfilled') cluster.value.transport.close();
    },
  };
}

async function openCluster(target: TargetPlan, options: KubernetesTargetOptions): Promise<Cluster> {
  const loaded = await loadKubeconfig(target, options);
  const access = createAccess(loaded, target.env, options.redactor);
  const first = await access();
  return {
    transport: createTransport(access, options.environment),
    server: first.server.origin,
    authority: authorityOf(first),
    kubectl: kubectlWords(target, options),
  };
}
