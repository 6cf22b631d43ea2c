import { RolloutError } from '../../errors/xgen-error.ts';
import type { RolloutOrder } from '../../ports/target.ts';
import {
  createContainer,
  inspectContainer,
  removeContainer,
  startContainer,
  stopContainer,
  stopSeconds,
} from './container-actions.ts';
import { entryOf, provenBefore, readLabels, referenceText, writeLabels } from './container-labels.ts';
import type { ContainerSpec } from './container-spec.ts';
import { changeEngine, readEngine, statusOf, unless } from './engine-calls.ts';
import { findContainers, NEXT, type Found } from './find-containers.ts';
import { newContainerSpec, projectNetwork } from './new-container-spec.ts';
import type { Place } from './place.ts';
import { inspectImage, pullImage, type LocalImage } from './pull-image.ts';
import { identifyImage } from './read-state.ts';
import { ownerIsAlive, recoverTarget } from './recover.ts';
import { replacementSpec } from './replacement-spec.ts';
import type { DockerSnapshot } from './snapshot.ts';
import type { TargetTools } from './tools.ts';

/**
 * Makes the new container beside the old one, stops the old one and starts the new one. The name `….next` is taken by
 * one rollout only: the engine itself sees to it, whichever machine asks.
 */
export async function applyRollout(
  place: Place,
  tools: TargetTools,
  { order, snapshot }: { order: RolloutOrder; snapshot: DockerSnapshot },
): Promise<void> {
  const { signal } = order;
  const image = await pullImage(place, order);
  const before = await recoverTarget(place, tools, signal);
  await refuseBusy(place, tools, { before, order, snapshot });
  const spec = await specOf(place, tools, { order, image, before });
  signal.throwIfAborted();
  order.onStep('making the container');
  const id = await createNext(place, spec);
  // Between the look and the creation another rollout may have ended: then this one was made from what is gone.
  const now = await findContainers(place, signal);
  if ((now.current?.id ?? null) !== (snapshot.old?.id ?? null)) {
    await removeContainer(place, { id, name: `${before.name}${NEXT}`, withVolumes: true });
    throw busy(place, null);
  }
  signal.throwIfAborted();
  if (before.current !== null) {
    order.onStep(`stopping ${before.current.name}`);
    const wasKilled = await stopContainer(place, before.current.id, before.current.name);
    if (wasKilled) order.onWarning(ignoredSignal(place, before.current.name));
  }
  signal.throwIfAborted();
  order.onStep('starting the container');
  await startContainer(place, id, 'the new container');
}

/** What it costs, and whose file is to be changed. */
function ignoredSignal({ target }: Place, name: string): string {
  return (
    `${name} did not end on SIGTERM and was killed: what it was answering was cut off, and the rollout waited for it. ` +
    `Let ${target.service} handle SIGTERM in its own repository; or, where it does, start it by exec form (CMD ["…"]) in its Dockerfile in the infra repository`
  );
}

async function refuseBusy(
  place: Place,
  tools: TargetTools,
  { before, order, snapshot }: { before: Found; order: RolloutOrder; snapshot: DockerSnapshot },
): Promise<void> {
  const { staged } = before;
  if (staged !== null && (await ownerIsAlive(place, tools, { staged, signal: order.signal }))) {
    throw busy(place, readLabels(staged.labels)?.startedBy ?? null);
  }
  if ((before.current?.id ?? null) !== (snapshot.old?.id ?? null)) throw busy(place, null);
}

async function specOf(
  place: Place,
  tools: TargetTools,
  { order, image, before }: { order: RolloutOrder; image: LocalImage; before: Found },
): Promise<ContainerSpec> {
  const { target } = place;
  const reference = referenceText(order.image);
  const name = `${before.name}${NEXT}`;
  const old = before.current === null ? null : await inspectContainer(place, before.current.id, order.signal);
  const known = old === null ? null : (await identifyImage(place, old, order.signal)).own;
  const carried = old === null ? [] : (readLabels(old.Config.Labels ?? {})?.proven ?? []);
  const labels = writeLabels(target, {
    service: target.service,
    site: target.site,
    number: order.image.number,
    commit: order.image.commit,
    digest: order.image.digest,
    startedBy: order.startedBy,
    startedAt: tools.clock.now().toISOString(),
    owner: JSON.stringify(tools.identity),
    limitMs: target.timeoutMs + (old === null ? 0 : stopSeconds(old) * 1000),
    replaces: old === null ? null : { id: old.Id, wasRunning: old.State.Running },
    proven: provenBefore(
      old === null || known === null ? null : entryOf(known, old.Config.Image),
      carried,
      order.image.digest,
    ),
  });
  if (old === null) {
    await ensureNetwork(place, order.signal);
    return newContainerSpec(target, { name, reference, labels });
  }
  const oldImage = await inspectImage(place, old.Image, order.signal);
  if (oldImage === null) throw oldImageGone(place, before.name);
  return replacementSpec({ name, old, oldImage: oldImage.config, reference, newImageId: image.id, labels });
}

/** The name is taken: by another rollout, whose container may not be there to be seen yet, or by somebody else. */
async function createNext(place: Place, spec: ContainerSpec): Promise<string> {
  try {
    return await createContainer(place, spec);
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
    const holder = await inspectContainer(place, spec.create.name ?? '', AbortSignal.timeout(30_000));
    const labels = holder === null ? null : readLabels(holder.Config.Labels ?? {});
    if (holder !== null && labels === null) throw error;
    throw busy(place, labels?.startedBy ?? null);
  }
}

async function ensureNetwork(place: Place, signal: AbortSignal): Promise<void> {
  const { name, labels } = projectNetwork(place.target);
  const there = await unless(
    [404],
    readEngine(place, signal, async () => place.docker.getNetwork(name).inspect()),
  );
  if (there !== null) return;
  await unless(
    [409],
    changeEngine(place, { what: `make the network ${name}` }, async () =>
      // Without the check two processes could make two networks of one name on engines before 25.
      place.docker.createNetwork({ Name: name, Driver: 'bridge', CheckDuplicate: true, Labels: labels }),
    ),
  );
}

function busy({ target }: Place, startedBy: string | null): RolloutError {
  const whose = startedBy === null ? 'another process' : startedBy;
  return new RolloutError({
    code: 'ROLLOUT_BUSY',
    message: `${target.env}: ${whose} is rolling out ${target.deployment} at the same time`,
    hint: 'wait for it to end, then run the command again',
    facts: { env: target.env, startedBy },
  });
}

function oldImageGone({ target }: Place, name: string): RolloutError {
  return new RolloutError({
    code: 'ROLLOUT_FAILED',
    message: `${target.env}: the image of ${name} is gone from the engine, so its own settings cannot be told from the image's`,
    hint: `start it with its image again, or remove it to have it made from the configuration: docker rm ${name}`,
    facts: { env: target.env, container: name },
  });
}
