import { processState, type ProcessIdentity } from '../process-identity.ts';
import { removeContainer, renameContainer, startContainer, stopContainer } from './container-actions.ts';
import { readLabels } from './container-labels.ts';
import { readEngine } from './engine-calls.ts';
import { findContainers, type Found, type StagedContainer } from './find-containers.ts';
import type { Place } from './place.ts';
import { decideRecovery, isOwnerAlive, type RecoveryStep } from './recovery.ts';
import type { TargetTools } from './tools.ts';

// One container after another: there are two at most, and a bound keeps a surprise from going on for ever.
const MOST_ROUNDS = 3;

/**
 * Brings a target back that a killed rollout left half done. A rollout that is still under way is left alone. May be
 * called by several processes at once and be killed itself: every step may be done twice.
 */
export async function recoverTarget(place: Place, tools: TargetTools, signal: AbortSignal): Promise<Found> {
  for (let round = 1; ; round += 1) {
    const found = await findContainers(place, signal);
    const steps = await stepsFor(place, tools, { found, signal });
    if (steps.length === 0 || round > MOST_ROUNDS) return found;
    tools.logger.warn({ env: place.target.env, steps }, 'bringing back what a killed rollout left');
    for (const step of steps) await takeStep(place, found, step);
  }
}

async function stepsFor(
  place: Place,
  tools: TargetTools,
  { found, signal }: { found: Found; signal: AbortSignal },
): Promise<readonly RecoveryStep[]> {
  const { current, staged } = found;
  if (staged === null) return [];
  const labels = readLabels(staged.labels);
  return decideRecovery({
    old: current,
    staged: {
      stage: staged.stage,
      isOwnerAlive: await ownerIsAlive(place, tools, { staged, signal }),
      replaces: labels?.replaces ?? null,
    },
  });
}

/** Whether the process that made a staged container is still at work on it. */
export async function ownerIsAlive(
  place: Place,
  tools: TargetTools,
  { staged, signal }: { staged: StagedContainer; signal: AbortSignal },
): Promise<boolean> {
  const labels = readLabels(staged.labels);
  const owner = readOwner(labels?.owner ?? '');
  const state = owner === null ? 'unknown' : processState(owner, tools.identity);
  if (state === 'dead') return false;
  const info: unknown = await readEngine(place, signal, async () => place.docker.info());
  const ageMs = engineTime(info) - staged.createdAt * 1000;
  return isOwnerAlive({ state, ageMs, limitMs: labels?.limitMs ?? 0 });
}

/** One step of a recovery or of going back. */
export async function takeStep(place: Place, { name, current, staged }: Found, step: RecoveryStep): Promise<void> {
  switch (step) {
    case 'stop-new':
      if (staged !== null) await stopContainer(place, staged.id, staged.name);
      return;
    case 'remove-new':
      if (staged !== null) await removeContainer(place, { id: staged.id, name: staged.name, withVolumes: true });
      return;
    case 'start-old':
      if (current !== null) await startContainer(place, current.id, current.name);
      return;
    case 'remove-old':
      // Its anonymous volumes are the new one's by now.
      if (current !== null) await removeContainer(place, { id: current.id, name: current.name, withVolumes: false });
      return;
    case 'name-new':
      if (staged !== null) await renameContainer(place, staged.id, name);
      return;
  }
}

/** True for a container that this very process made. */
export function isOwn(staged: StagedContainer, tools: TargetTools): boolean {
  return readLabels(staged.labels)?.owner === JSON.stringify(tools.identity);
}

function readOwner(text: string): ProcessIdentity | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { host, bootId, pid, pidStart, pidNamespace } = value as Record<string, unknown>;
    if (typeof host !== 'string' || typeof bootId !== 'string' || typeof pid !== 'number') return null;
    if (typeof pidStart !== 'string' || typeof pidNamespace !== 'string') return null;
    return { host, bootId, pid, pidStart, pidNamespace };
  } catch {
    return null;
  }
}

function engineTime(info: unknown): number {
  const time = typeof info === 'object' && info !== null && 'SystemTime' in info ? info.SystemTime : null;
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  // An engine that does not tell its time: every owner that cannot be seen counts as alive.
  return Number.isNaN(at) ? Number.NEGATIVE_INFINITY : at;
}
