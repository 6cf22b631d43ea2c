import { RolloutError } from '../../errors/xgen-error.ts';
import type { RolloutOrder, RolloutProof } from '../../ports/target.ts';
import { inspectContainer, stopSeconds } from './container-actions.ts';
import { changeEngine } from './engine-calls.ts';
import { findContainers } from './find-containers.ts';
import type { Place } from './place.ts';
import { proveRollout } from './prove.ts';
import { recoverTarget } from './recover.ts';
import type { TargetTools } from './tools.ts';

const MARGIN_MS = 60_000;

/** Restarts the container as it is and proves it again. */
export async function restartContainer(place: Place, tools: TargetTools, order: RolloutOrder): Promise<RolloutProof> {
  await recoverTarget(place, tools, order.signal);
  const { current } = await findContainers(place, order.signal);
  const container = current === null ? null : await inspectContainer(place, current.id, order.signal);
  if (container === null) {
    const { env, deployment, service, site } = place.target;
    throw new RolloutError({
      code: 'DEPLOYMENT_MISSING',
      message: `${env}: there is no container of ${deployment} to restart`,
      hint: `roll an image out instead: xgen-build deploy ${service} --site ${site} --env ${env}`,
      facts: { env },
    });
  }
  order.onStep('restarting the container');
  const limitMs = stopSeconds(container) * 1000 + MARGIN_MS;
  await changeEngine(place, { what: `restart ${deploymentName(container.Name)}`, limitMs }, async () =>
    place.docker.getContainer(container.Id).restart(),
  );
  return proveRollout(place, tools, order);
}

function deploymentName(name: string): string {
  return name.replace(/^\//, '');
}
