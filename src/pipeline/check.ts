import type { BuildPlan } from '../plan/build-plan.ts';
import type { PreviousBuild } from '../plan/build-reason.ts';
import { baseImages } from '../plan/dockerfile.ts';
import type { RegistryClient } from '../ports/registry.ts';
import { checkBaseImages, type CheckedBase } from './base-images.ts';
import { readCentralFiles } from './central-files.ts';
import { checkRegistry, type CheckedRegistry } from './check-registry.ts';
import { checkTargets, type CheckedTargets } from './check-targets.ts';
import { removeLeftovers } from './leftovers.ts';
import { checkNumber } from './number.ts';
import { readPreviousBuild } from './previous-build.ts';
import { runStage } from './stage.ts';
import type { StageContext } from './context.ts';

/** What was found out before anything was built. */
export interface Checked {
  readonly registry: CheckedRegistry;
  readonly client: RegistryClient;
  readonly targets: CheckedTargets;
  readonly previous: PreviousBuild | null;
  readonly bases: CheckedBases;
}

/** The base images of the central Dockerfile, as it was when it was looked at. */
export interface CheckedBases {
  readonly dockerfileText: string;
  readonly bases: readonly CheckedBase[];
}

/** Finds out what would make the build end badly: registry, number, base images and targets, side by side. */
export async function check(plan: BuildPlan, context: StageContext): Promise<Checked> {
  return runStage(context, 'check', async () => {
    const client = context.ports.registries.open(plan.image.registry);
    const { signal, ports } = context;
    const [{ registry, previous }, targets, bases] = await Promise.all([
      readRegistry({ plan, context, client }),
      checkTargets({ plan, ports, signal }),
      readBases(plan, context),
      removeLeftovers(context),
    ]);
    const detail = `may push to ${plan.image.registry.host}${targets.targets.length === 0 ? '' : ', targets are reachable'}`;
    return { value: { registry, client, targets, previous, bases }, detail };
  });
}

async function readRegistry({
  plan,
  context,
  client,
}: {
  plan: BuildPlan;
  context: StageContext;
  client: RegistryClient;
}) {
  const { signal, build } = context;
  const registry = await checkRegistry({ plan, client, signal });
  checkNumber({ plan, build, tags: registry.tags });
  const previous = await readPreviousBuild({ plan, client, tags: registry.tags, signal });
  return { registry, previous };
}

async function readBases(plan: BuildPlan, context: StageContext): Promise<CheckedBases> {
  const [dockerfile] = await readCentralFiles(plan.infraRoot, plan.overlay.dockerfile);
  const dockerfileText = dockerfile?.content.toString('utf8') ?? '';
  return { dockerfileText, bases: await basesOf(plan, context, dockerfileText) };
}

/** Asks for every base image that the Dockerfile names. Throws what `checkBaseImages` throws, and DOCKERFILE_INVALID. */
export async function basesOf(
  plan: BuildPlan,
  { ports, signal }: StageContext,
  dockerfileText: string,
): Promise<readonly CheckedBase[]> {
  const bases = baseImages(dockerfileText, plan.build.args, plan.build.target);
  return checkBaseImages({ plan, bases, ports, signal });
}
