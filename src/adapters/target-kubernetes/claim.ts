import { RolloutError } from '../../errors/xgen-error.ts';
import type { TargetClaim, TargetPlan } from '../../ports/target.ts';
import { processState, type ProcessIdentity } from '../process-identity.ts';
import { isForbidden, statusOf } from './api-errors.ts';
import { ask, askOrNull, type Answer } from './api.ts';
import type { Lease } from './objects.ts';
import { readIdentity } from './owner.ts';
import type { Place } from './place.ts';

/** Others wait for longer than that: whoever died with it is got over. */
const MARGIN_MS = 60_000;
const RELEASE_MS = 10_000;
const HELD_BY = 'io.xgen-build/started-by';

/**
 * A Lease of the cluster's own, so that two machines with a store each do not roll out one workload at a time. It is
 * taken once, for as long as a rollout and its way back may take at most. Where the right is missing, the store's lock
 * and the cluster's own order of changes have to do. Throws ROLLOUT_BUSY.
 */
export async function claimTarget(
  place: Place,
  { startedBy, signal }: { startedBy: string; signal: AbortSignal },
): Promise<TargetClaim> {
  try {
    const lease = await takeLease(place, startedBy, signal);
    return { release: async () => releaseLease(place, lease) };
  } catch (error) {
    if (!isForbidden(error) && statusOf(error) !== 404) throw error;
    place.tools.logger.debug({ env: place.target.env }, 'no Lease: the right is missing');
    return { release: async () => Promise.resolve() };
  }
}

function leasesPath({ namespace }: TargetPlan): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
}

function leaseName({ deployment, workload }: TargetPlan): string {
  return workload === 'deployment' ? `xgen-build-${deployment}` : `xgen-build-${workload}-${deployment}`;
}

async function takeLease(place: Place, startedBy: string, signal: AbortSignal): Promise<Lease> {
  const { target } = place;
  const path = leasesPath(target);
  const resource = 'leases';
  try {
    const made = await ask<Lease>(place, {
      verb: 'create',
      resource,
      path,
      body: leaseBody(place, startedBy, { serverTime: null, resourceVersion: null }),
      signal,
    });
    return made.value;
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
  }
  const held = await askOrNull<Lease>(place, { verb: 'get', resource, path: `${path}/${leaseName(target)}`, signal });
  if (held === null) return takeLease(place, startedBy, signal);
  if (isHeld(held, place.tools.identity)) throw busy(place, held.value);
  try {
    const taken = await ask<Lease>(place, {
      verb: 'update',
      resource,
      path: `${path}/${leaseName(target)}`,
      body: leaseBody(place, startedBy, {
        serverTime: held.serverTime,
        resourceVersion: held.value.metadata.resourceVersion ?? null,
      }),
      signal,
    });
    return taken.value;
  } catch (error) {
    if (statusOf(error) === 409) throw busy(place, held.value);
    throw error;
  }
}

/** Times are the server's where it told them: the clock of this machine may be anything. */
function leaseBody(
  { target, tools }: Place,
  startedBy: string,
  { serverTime, resourceVersion }: { serverTime: number | null; resourceVersion: string | null },
) {
  const at = new Date(serverTime ?? tools.clock.now().getTime()).toISOString().replace('Z', '000Z');
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: leaseName(target),
      annotations: { [HELD_BY]: startedBy },
      ...(resourceVersion === null ? {} : { resourceVersion }),
    },
    spec: {
      holderIdentity: JSON.stringify(tools.identity),
      leaseDurationSeconds: Math.ceil((2 * target.timeoutMs + MARGIN_MS) / 1000),
      acquireTime: at,
      renewTime: at,
    },
  };
}

/**
 * Whether its holder may still be at work. A process of this machine can be asked; any other counts until the time runs
 * out, from when the server made or last changed the object, by the server's own clock.
 */
export function isHeld({ value, serverTime }: Answer<Lease>, self: ProcessIdentity): boolean {
  const { spec } = value;
  const holder = spec?.holderIdentity ?? '';
  if (holder === '') return false;
  if (holder === JSON.stringify(self)) return false;
  const owner = readIdentity(holder);
  const state = owner === null ? 'unknown' : processState(owner, self);
  if (state !== 'unknown') return state === 'alive';
  const times = [spec?.renewTime, value.metadata.creationTimestamp].map((time) => Date.parse(time ?? ''));
  const since = Math.max(...times.filter((time) => !Number.isNaN(time)));
  if (serverTime === null || !Number.isFinite(since)) return true;
  return serverTime - since < (spec?.leaseDurationSeconds ?? 0) * 1000;
}

async function releaseLease(place: Place, lease: Lease): Promise<void> {
  const { uid, resourceVersion } = lease.metadata;
  try {
    await ask(place, {
      verb: 'delete',
      resource: 'leases',
      path: `${leasesPath(place.target)}/${leaseName(place.target)}`,
      // Somebody may have taken it over meanwhile.
      body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid, resourceVersion } },
      signal: AbortSignal.timeout(RELEASE_MS),
    });
  } catch (error) {
    place.tools.logger.debug({ error: String(error) }, 'the Lease was not released, and runs out by itself');
  }
}

function busy({ target }: Place, { metadata }: Lease): RolloutError {
  const who = metadata.annotations?.[HELD_BY] ?? 'another process';
  return new RolloutError({
    code: 'ROLLOUT_BUSY',
    message: `${target.env}: ${who} is rolling out ${target.deployment} at the same time`,
    hint: `wait for it to end, then run the command again; who holds it: kubectl -n ${target.namespace} get lease ${metadata.name} -o yaml`,
    facts: { env: target.env, startedBy: who },
  });
}
