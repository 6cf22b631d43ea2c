import { RolloutError } from '../../errors/xgen-error.ts';
import { processState, type ProcessIdentity } from '../process-identity.ts';
import { parseJson } from '../proven-entries.ts';
import { readOwn, type OwnRecord } from './annotations.ts';
import type { Workload } from './objects.ts';
import { FIELD_MANAGER } from './patch.ts';
import type { Place } from './place.ts';
import { ownOf, type Reading } from './reading.ts';

/**
 * Whether the process that began a rollout may still be at work on it. By the server's clock: when it took the change,
 * and what time it is there now.
 */
export function isOwnerAlive(
  { tools }: Pick<Place, 'tools'>,
  { own, workload, serverTime }: { own: OwnRecord; workload: Workload; serverTime: number | null },
): boolean {
  const owner = readIdentity(own.owner);
  const state = owner === null ? 'unknown' : processState(owner, tools.identity);
  if (state !== 'unknown') return state === 'alive';
  const change = (workload.metadata.managedFields ?? []).find(({ manager }) => manager === FIELD_MANAGER);
  const since = Date.parse(change?.time ?? '');
  if (serverTime === null || Number.isNaN(since)) return true;
  return serverTime - since < own.limitMs;
}

/**
 * The annotations of a rollout under way keep others off where there is no Lease.
 * Throws ROLLOUT_BUSY while another process is at work on the workload.
 */
export function refuseBusy(place: Place, { workload, serverTime }: Pick<Reading, 'workload' | 'serverTime'>): void {
  const own = readOwn(workload.metadata.annotations ?? {});
  if (own?.state !== 'pending' || ownOf(place, workload) === null) return;
  if (own.owner === JSON.stringify(place.tools.identity) || !isOwnerAlive(place, { own, workload, serverTime })) return;
  const { env, deployment } = place.target;
  throw new RolloutError({
    code: 'ROLLOUT_BUSY',
    message: `${env}: ${own.startedBy} is rolling out ${deployment} at the same time`,
    hint: 'wait for it to end, then run the command again',
    facts: { env, startedBy: own.startedBy },
  });
}

/** A process as it wrote itself down; null for text that is none. */
export function readIdentity(text: string): ProcessIdentity | null {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return null;
  const { host, bootId, pid, pidStart, pidNamespace } = value as Record<string, unknown>;
  if (typeof host !== 'string' || typeof bootId !== 'string' || typeof pid !== 'number') return null;
  if (typeof pidStart !== 'string' || typeof pidNamespace !== 'string') return null;
  return { host, bootId, pid, pidStart, pidNamespace };
}
