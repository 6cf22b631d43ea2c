import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { destinationOf, type BuildPlan } from '../plan/build-plan.ts';
import type { Ports } from '../pipeline/context.ts';
import { newestNumber } from '../plan/build-reason.ts';
import { readPreviousBuild } from '../pipeline/previous-build.ts';
import { errorReport } from '../pipeline/stage.ts';
import type { Digest } from '../values/image-reference.ts';
import { exitCodeOfPlan, planText, type Observed, type PlanView, type RegistryView } from '../report/plan-text.ts';
import { shownArgs } from '../values/shown-value.ts';
import type { CommandOutcome } from './outcome.ts';

/**
 * What the main job would do and why, from git refs, the registry's manifests and the targets. Writes nothing. What
 * cannot be read is said in its line, and the exit code is 1.
 */
export async function plan(options: {
  plan: BuildPlan;
  ports: Omit<Ports, 'store'>;
  width: number;
  signal: AbortSignal;
}): Promise<CommandOutcome> {
  const { ports, signal } = options;
  const [commit, registry, overlay, targets] = await Promise.all([
    observe(ports.sources.resolve(options.plan.source, signal)),
    observe(readRegistry(options.plan, ports, signal)),
    overlayFiles(options.plan),
    Promise.all(
      options.plan.targets.map(async (target) => ({
        target,
        state: await observe(targetState(ports, target, signal)),
      })),
    ),
  ]);
  signal.throwIfAborted();
  const view: PlanView = {
    destination: destinationOf(options.plan),
    plan: options.plan,
    commit,
    registry,
    overlay,
    targets,
  };
  const { build } = options.plan;
  const shown = { ...options.plan, build: { ...build, args: shownArgs(build.args) } };
  const json = { schemaVersion: 1, ...view, plan: shown };
  return { exitCode: exitCodeOfPlan(view), text: planText(view, options.width), json };
}

async function observe<T>(reading: Promise<T>): Promise<Observed<T>> {
  try {
    return { status: 'known', value: await reading };
  } catch (error) {
    return { status: 'unknown', error: errorReport(error) };
  }
}

async function targetState(ports: Omit<Ports, 'store'>, target: BuildPlan['targets'][number], signal: AbortSignal) {
  return ports.targets(target.kind).inspect(target, signal);
}

async function readRegistry(plan: BuildPlan, ports: Omit<Ports, 'store'>, signal: AbortSignal): Promise<RegistryView> {
  const client = ports.registries.open(plan.image.registry);
  const { repository, movingTag } = plan.image;
  const tags = await client.listTags(repository, signal);
  const [previous, moving] = await Promise.all([
    readPreviousBuild({ plan, client, tags, signal }),
    client.headManifest(repository, movingTag, signal),
  ]);
  return { highest: highestOf(tags), previous, moving: movingView(moving, previous) };
}

function highestOf(tags: readonly string[]): number {
  return Math.max(0, newestNumber(tags, 'amd64') ?? 0, newestNumber(tags, 'arm64') ?? 0);
}

function movingView(digest: Digest | null, previous: RegistryView['previous']): RegistryView['moving'] {
  if (digest === null) return null;
  return { digest, number: previous?.digest === digest ? previous.number : null };
}

/** The files that are laid over the source, as they are there now. */
async function overlayFiles(plan: BuildPlan): Promise<readonly string[]> {
  const folder = dirname(plan.overlay.dockerfile);
  const names: readonly string[] = await readdir(join(plan.infraRoot, folder)).catch(() => []);
  return [plan.overlay.dockerfile, ...['.dockerignore', 'entrypoint.sh'].filter((name) => names.includes(name))];
}
