import { RolloutError } from '../../errors/xgen-error.ts';
import type { RolloutOrder, RolloutProof } from '../../ports/target.ts';
import { inspectContainer, renameContainer, setRestartPolicy } from './container-actions.ts';
import { referenceText } from './container-labels.ts';
import { findContainers, PROVEN, type Found, type FoundContainer } from './find-containers.ts';
import type { Place } from './place.ts';
import { pullImage } from './pull-image.ts';
import { isOwn, takeStep } from './recover.ts';
import type { TargetTools } from './tools.ts';
import { isUp, waitHealthy } from './wait-healthy.ts';

const FINISH_LIMIT_MS = 60_000;

/**
 * Waits for health, compares what runs with what was pushed, and only then lets the new container take the old one's
 * place. Without a new container it is what runs that is proven.
 */
export async function proveRollout(place: Place, tools: TargetTools, order: RolloutOrder): Promise<RolloutProof> {
  const found = await findContainers(place, order.signal);
  const staged = found.staged !== null && isOwn(found.staged, tools) ? found.staged : null;
  const subject = staged ?? found.current;
  if (subject === null) throw gone(place);
  const { timeoutMs } = order.target;
  const { onStep, signal } = order;
  const status = await waitHealthy(place, tools, { id: subject.id, timeoutMs, onStep, signal });
  await proveDigest(place, order, subject);
  if (staged !== null) await takeOver(place, { ...found, staged });
  return {
    digest: order.image.digest,
    replicas: 1,
    detail: `answers ${String(status)} on ${place.target.health.path}`,
  };
}

/** The image that the container was made from is the one that the pushed digest names, and it still runs. */
async function proveDigest(place: Place, order: RolloutOrder, subject: FoundContainer): Promise<void> {
  // Asked by the digest: whoever removed the reference meanwhile, the registry gives the same image again.
  const pushed = await pullImage(place, order);
  const container = await inspectContainer(place, subject.id, order.signal);
  if (container === null || !isUp(container)) throw gone(place);
  const isSame = container.Image === pushed.id;
  if (isSame && pushed.repoDigests.some((text) => text.endsWith(`@${order.image.digest}`))) return;
  throw new RolloutError({
    code: 'ROLLOUT_WRONG_DIGEST',
    message: `${place.target.env}: ${subject.name} runs ${container.Config.Image} (${container.Image}), not ${referenceText(order.image)}`,
    hint: 'somebody else changes the container at the same time; find out who, then run the command again',
    facts: { env: place.target.env, expected: order.image.digest, runs: container.Image },
  });
}

/**
 * From here on the new one counts, also for whoever comes after a kill: the name says so before the old one goes. Not
 * cut short by an abort.
 */
async function takeOver(place: Place, found: Found): Promise<void> {
  const { staged, current, name } = found;
  if (staged === null) return;
  if (staged.stage === 'next') {
    const old =
      current === null ? null : await inspectContainer(place, current.id, AbortSignal.timeout(FINISH_LIMIT_MS));
    await setRestartPolicy(place, staged.id, old?.HostConfig.RestartPolicy ?? { Name: 'unless-stopped' });
    await renameContainer(place, staged.id, `${name}${PROVEN}`);
  }
  await takeStep(place, found, 'remove-old');
  await takeStep(place, found, 'name-new');
}

function gone({ target }: Place): RolloutError {
  return new RolloutError({
    code: 'ROLLOUT_FAILED',
    message: `${target.env}: the container of ${target.deployment} went away while it was being proven`,
    hint: 'somebody else changes it at the same time; find out who, then run the command again',
    facts: { env: target.env },
  });
}
