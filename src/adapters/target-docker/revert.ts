import { messageOf, RolloutError } from '../../errors/xgen-error.ts';
import { inspectContainer, removeContainer, startContainer, stopContainer } from './container-actions.ts';
import { findContainers } from './find-containers.ts';
import type { Place } from './place.ts';
import { isOwn, ownerIsAlive } from './recover.ts';
import type { DockerSnapshot } from './snapshot.ts';
import type { TargetTools } from './tools.ts';
import { waitHealthy } from './wait-healthy.ts';

/**
 * Brings the old container back as it was. The new one goes last: while it is there, a run after a kill knows what was
 * going on. Resolves to true where the old one was proven to run again.
 */
export async function revertRollout(
  place: Place,
  tools: TargetTools,
  { snapshot, signal }: { snapshot: DockerSnapshot; signal: AbortSignal },
): Promise<boolean> {
  const { staged } = await findContainers(place, signal);
  const { old } = snapshot;
  if (staged !== null && !isOwn(staged, tools) && (await ownerIsAlive(place, tools, { staged, signal }))) {
    // Another rollout has begun: what there is to bring back is in its hands.
    return old?.wasRunning ?? false;
  }
  if (old === null) {
    if (staged !== null) await removeContainer(place, { ...staged, withVolumes: true });
    return false;
  }
  const container = await inspectContainer(place, old.id, signal);
  if (container === null) throw rollbackFailed(place, 'the old container is not there any more', null);
  const name = container.Name.replace(/^\//, '');
  try {
    if (staged !== null) await stopContainer(place, staged.id, staged.name);
    if (old.wasRunning) await startContainer(place, old.id, name);
  } catch (error) {
    throw rollbackFailed(place, messageOf(error), error);
  }
  if (staged !== null) await removeContainer(place, { ...staged, withVolumes: true });
  if (!old.wasRunning) return false;
  await proveOld(place, tools, { old, signal });
  return true;
}

async function proveOld(
  place: Place,
  tools: TargetTools,
  { old, signal }: { old: NonNullable<DockerSnapshot['old']>; signal: AbortSignal },
): Promise<void> {
  try {
    if (old.wasHealthy) {
      const { timeoutMs } = place.target;
      await waitHealthy(place, tools, { id: old.id, timeoutMs, onStep: () => undefined, signal });
      return;
    }
    const container = await inspectContainer(place, old.id, signal);
    if (container?.State.Running !== true) throw new Error('the old container ended again');
  } catch (error) {
    throw rollbackFailed(place, messageOf(error), error);
  }
}

function rollbackFailed({ target, endpoint }: Place, why: string, cause: unknown): RolloutError {
  return new RolloutError({
    code: 'ROLLBACK_FAILED',
    message: `${target.env}: what ran before could not be brought back: ${why}`,
    hint: `look at it by hand: docker -H ${endpoint.address} ps -a --filter name=${target.deployment}`,
    facts: { env: target.env },
    cause,
  });
}
