import { destinationOf, type BuildPlan } from '../plan/build-plan.ts';
import { decideBuild, newestNumber, type BuildVerdict } from '../plan/build-reason.ts';
import type { Ports } from '../pipeline/context.ts';
import type { Looks } from '../pipeline/looks.ts';
import { readPreviousBuild } from '../pipeline/previous-build.ts';
import { errorReport } from '../pipeline/stage.ts';
import { readCentralView, readTip, wantedImage, type CentralView } from '../pipeline/wanted-image.ts';
import type { Digest } from '../values/image-reference.ts';
import { exitCodeOfPlans, planAllText } from '../report/plan-all-text.ts';
import { exitCodeOfPlan, planText, type Observed, type PlanView, type RegistryView } from '../report/plan-text.ts';
import { shownArgs } from '../values/shown-value.ts';
import type { CommandOutcome } from './outcome.ts';

/** What the looking is done with; nothing is written. */
export interface PlanOutside {
  readonly ports: Omit<Ports, 'store'>;
  readonly looks: Looks;
  readonly signal: AbortSignal;
}

/**
 * What the main job would do and why, from git refs, the registry's manifests and the targets. Writes nothing. What
 * cannot be read is said in its line, and the exit code is 1.
 */
export async function plan(options: PlanOutside & { plan: BuildPlan; width: number }): Promise<CommandOutcome> {
  const view = await readPlanView(options.plan, options);
  options.signal.throwIfAborted();
  return { exitCode: exitCodeOfPlan(view), text: planText(view, options.width), json: planJson(view) };
}

/** The same for several services, side by side. */
export async function planAll(
  options: PlanOutside & { plans: readonly BuildPlan[]; width: number },
): Promise<CommandOutcome> {
  const views = await Promise.all(options.plans.map(async (one) => readPlanView(one, options)));
  options.signal.throwIfAborted();
  return {
    exitCode: exitCodeOfPlans(views),
    text: planAllText(views, options.width),
    json: { schemaVersion: 1, plans: views.map(planJson) },
  };
}

/** The view as JSON, without what looks like a secret. */
export function planJson(view: PlanView): object {
  const { build } = view.plan;
  return { schemaVersion: 1, ...view, plan: { ...view.plan, build: { ...build, args: shownArgs(build.args) } } };
}

/** All that a plan is made of, read side by side. */
export async function readPlanView(job: BuildPlan, outside: PlanOutside): Promise<PlanView> {
  const { ports, looks, signal } = outside;
  const read = { plan: job, ports, looks };
  const [commit, registry, central, targets] = await Promise.all([
    observe(readTip({ plan: job, sources: ports.sources, looks })),
    observe(readRegistry(job, ports, signal)),
    observe(readCentralView(read)),
    Promise.all(
      job.targets.map(async (target) => ({ target, state: await observe(targetState(ports, target, signal)) })),
    ),
  ]);
  return {
    destination: destinationOf(job),
    plan: job,
    commit,
    registry,
    verdict: verdictOf(job, { commit, registry, central }),
    overlay: central.status === 'known' ? overlayOf(job, central.value) : [job.overlay.dockerfile],
    targets,
  };
}

function verdictOf(
  job: BuildPlan,
  seen: { commit: Observed<string>; registry: Observed<RegistryView>; central: Observed<CentralView> },
): Observed<BuildVerdict> {
  const { commit, registry, central } = seen;
  if (commit.status === 'unknown') return commit;
  if (registry.status === 'unknown') return registry;
  if (central.status === 'unknown') return central;
  const wanted = wantedImage(job, commit.value, central.value);
  const { previous } = registry.value;
  return { status: 'known', value: decideBuild({ previous, wanted, parameters: job.parameters }) };
}

async function observe<T>(reading: Promise<T>): Promise<Observed<T>> {
  try {
    return { status: 'known', value: await reading };
  } catch (error) {
    return { status: 'unknown', error: errorReport(error) };
  }
}

async function targetState(ports: PlanOutside['ports'], target: BuildPlan['targets'][number], signal: AbortSignal) {
  return ports.targets(target.kind).inspect(target, signal);
}

async function readRegistry(job: BuildPlan, ports: PlanOutside['ports'], signal: AbortSignal): Promise<RegistryView> {
  const client = ports.registries.open(job.image.registry);
  const { repository, movingTag } = job.image;
  const [tags, moving] = await Promise.all([
    client.listTags(repository, signal),
    client.headManifest(repository, movingTag, signal),
  ]);
  const previous = await readPreviousBuild({ plan: job, client, tags, signal });
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
function overlayOf({ overlay }: BuildPlan, { files }: CentralView): readonly string[] {
  return [overlay.dockerfile, ...files.slice(1).map(({ name }) => name)];
}
