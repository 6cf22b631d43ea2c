import { RolloutError } from '../../errors/xgen-error.ts';
import type { TargetSnapshot } from '../../ports/target.ts';
import { describeAnswer, isHealthy } from './ask-health.ts';
import { inspectContainer } from './container-actions.ts';
import { findContainers } from './find-containers.ts';
import { healthAddress, publishes } from './health-address.ts';
import type { Place } from './place.ts';
import type { TargetTools } from './tools.ts';

const LOOK_MS = 2_000;

/** What ran before a rollout, as much as is needed to start it again. */
export interface DockerSnapshot {
  readonly old: { readonly id: string; readonly wasRunning: boolean; readonly wasHealthy: boolean } | null;
}

export async function takeSnapshot(place: Place, tools: TargetTools, signal: AbortSignal): Promise<TargetSnapshot> {
  const { current } = await findContainers(place, signal);
  const container = current === null ? null : await inspectContainer(place, current.id, signal);
  const { env, deployment } = place.target;
  if (container === null) return { kind: 'docker', env, deployment, data: { old: null } };
  const wasRunning = container.State.Running;
  const address = healthAddress({ container, endpoint: place.endpoint, port: place.target.health.port });
  const asked = wasRunning && address.kind === 'ask';
  const answer = asked
    ? await tools.fetchHealth({ ...address, path: place.target.health.path, timeoutMs: LOOK_MS, signal })
    : null;
  tools.logger.debug({ env, answer: answer === null ? null : describeAnswer(answer) }, 'looked at what runs');
  const old = { id: container.Id, wasRunning, wasHealthy: answer !== null && isHealthy(answer) };
  return { kind: 'docker', env, deployment, data: { old } };
}

/** A snapshot that came out of the store. */
export function readSnapshot({ data }: TargetSnapshot): DockerSnapshot {
  const { old } = data;
  if (typeof old !== 'object' || old === null || !('id' in old) || typeof old.id !== 'string') return { old: null };
  return {
    old: {
      id: old.id,
      wasRunning: 'wasRunning' in old && old.wasRunning === true,
      wasHealthy: 'wasHealthy' in old && old.wasHealthy === true,
    },
  };
}

/**
 * Finds out before anything is built what would make a rollout fail for certain.
 * Throws CONFIG_INVALID for a remote engine without a published port, ROLLOUT_FAILED for a container that would vanish
 * when it is stopped.
 */
export async function checkTarget(place: Place, signal: AbortSignal): Promise<void> {
  const { current } = await findContainers(place, signal);
  const container = current === null ? null : await inspectContainer(place, current.id, signal);
  const { target, endpoint } = place;
  const isPublished = container === null ? target.docker.publish !== null : publishes(container, target.health.port);
  if (!endpoint.isLocal && !isPublished) throw notPublished(place, container === null);
  if (container?.HostConfig.AutoRemove === true) {
    const name = container.Name.replace(/^\//, '');
    throw new RolloutError({
      code: 'ROLLOUT_FAILED',
      message: `${target.env}: ${name} was started with --rm and would vanish when it is stopped: there would be no way back`,
      hint: `start it without --rm, or stop it to have it made from the configuration: docker stop ${name}`,
      facts: { env: target.env, container: name },
    });
  }
}

function notPublished({ target, endpoint }: Place, isNew: boolean): RolloutError {
  const { env, deployment, health } = target;
  return new RolloutError({
    code: 'CONFIG_INVALID',
    message: `${env}: the engine at ${endpoint.address} is remote, and port ${String(health.port)} of ${deployment} is not published, so its health cannot be asked`,
    hint: isNew
      ? `set environments.${env}.docker.publish: {${deployment}: "18000"} in config/environments.yaml`
      : `publish the port in the compose file of ${target.docker.project}, or remove the container to have it made with docker.publish`,
    facts: { env, endpoint: endpoint.address },
  });
}
