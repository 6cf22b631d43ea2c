import type { CommandOutcome } from '../commands/outcome.ts';
import type { Looks } from '../pipeline/looks.ts';
import type { SessionBody } from '../pipeline/session.ts';
import type { BuildResult } from '../ports/result.ts';
import type { BuildEvent } from '../ports/events.ts';
import { numberTag, type BuildPlan } from '../plan/build-plan.ts';
import { formatImage, withTag, type ImageRepository } from '../values/image-reference.ts';
import type { BodyResult } from '../commands/rollout-body.ts';
import type { StageContext } from '../pipeline/context.ts';
import {
  portsWithStore,
  readBuildNumber,
  readBuildPlan,
  readInfraState,
  readRolloutPlan,
  type Desk,
  type PlannedJob,
} from './desk.ts';

/**
 * The main job. Loading code keeps the process busy for longer than a fetch takes: the git server is asked first, and
 * answers meanwhile.
 */
export async function runBuildCommand(desk: Desk): Promise<CommandOutcome> {
  const grounds = desk.ground();
  grounds.then(
    ({ sources: early }) => early.prepare(),
    // Heard of below; a plan that cannot be made comes first.
    () => undefined,
  );
  const [plan, { sources }] = await Promise.all([readBuildPlan(desk), grounds]);
  const ahead = sources.resolveAhead(plan.source, desk.signal);
  // The build takes it for its own look, and hears of a failure there.
  ahead.tip.catch(() => undefined);
  await ahead.asked;
  (await desk.compose()).prepareBuild();
  const [infra, ports, { runBuild }, looks] = await Promise.all([
    readInfraState(desk),
    portsWithStore(desk),
    import('../pipeline/run-build.ts'),
    looksWithTip(desk, plan, ahead.tip),
  ]);
  const { startedBy } = desk.surroundings;
  const { signal } = desk;
  return report(desk, (onEvent) => runBuild({ plan, infra, startedBy }, { ports, signal, looks, onEvent }));
}

async function looksWithTip(desk: Desk, plan: BuildPlan, tip: Promise<string>): Promise<Looks> {
  const [{ createLooks }, { readTip }] = await Promise.all([
    import('../pipeline/looks.ts'),
    import('../pipeline/wanted-image.ts'),
  ]);
  const looks = createLooks(desk.signal, { isBuildLikely: true });
  void readTip({ plan, sources: { resolve: async () => tip }, looks }).catch(() => undefined);
  return looks;
}

export async function runDeployCommand(desk: Desk): Promise<CommandOutcome> {
  const { flags } = desk.invocation;
  const to = readBuildNumber(flags['to']);
  const [job, { deployBody, refuseBoth }] = await Promise.all([readRolloutPlan(desk), import('../commands/deploy.ts')]);
  const restart = flags['restart'] === true;
  refuseBoth({ to, restart });
  const provingTargets = provingTargetsOf(job.plan, job.planFor);
  return rollOutOnly(desk, job.plan, {
    command: 'deploy',
    body: (context) => deployBody(context, job.plan, { to, restart, provingTargets }),
  });
}

export async function runRollbackCommand(desk: Desk): Promise<CommandOutcome> {
  const to = readBuildNumber(desk.invocation.flags['to']);
  const [job, { rollbackBody }] = await Promise.all([readRolloutPlan(desk), import('../commands/rollback.ts')]);
  const provingTargets = provingTargetsOf(job.plan, job.planFor);
  const retag = desk.invocation.flags['retag'] === true ? { followers: await followersOf(job) } : null;
  // Whoever moves the tag means it: a target that goes by digest otherwise goes by the tag then.
  const targets = job.plan.targets.map((target) =>
    retag === null ? target : { ...target, strategy: 'restart' as const },
  );
  const plan = { ...job.plan, targets };
  return rollOutOnly(desk, plan, {
    command: 'rollback',
    body: (context) => rollbackBody(context, plan, { to, retag, provingTargets }),
  });
}

export async function runPromoteCommand(desk: Desk): Promise<CommandOutcome> {
  const { flags } = desk.invocation;
  const from = typeof flags['from'] === 'string' ? flags['from'] : 'dev';
  const to = typeof flags['to'] === 'string' ? flags['to'] : 'prd';
  const [job, { promoteBody }] = await Promise.all([readRolloutPlan(desk, [to]), import('../commands/promote.ts')]);
  const [source] = job.planFor([from]).targets;
  const { UsageError } = await import('../errors/xgen-error.ts');
  if (source === undefined || from === to) {
    const message =
      from === to
        ? `--from and --to are both ${from}`
        : `${job.plan.service} of ${job.plan.site} does not run in ${from}`;
    throw new UsageError({ code: 'USAGE', message, hint: 'xgen-build promote SERVICE --from dev --to prd' });
  }
  return rollOutOnly(desk, job.plan, {
    command: 'promote',
    body: (context) => promoteBody(context, job.plan, { from: source }),
  });
}

async function followersOf({ configuration, plan }: PlannedJob): Promise<readonly string[]> {
  const { movingTagFollowers } = await import('../plan/moving-tag.ts');
  const service = configuration.services[plan.service];
  return service === undefined ? [] : movingTagFollowers({ configuration, service, parameters: plan.parameters });
}

/** The targets by which `requireProvenIn` is answered. */
function provingTargetsOf(plan: BuildPlan, planFor: (env: readonly string[]) => BuildPlan): BuildPlan['targets'] {
  const named = plan.targets.flatMap(({ requireProvenIn }) => (requireProvenIn === null ? [] : [requireProvenIn]));
  return named.length === 0 ? [] : planFor([...new Set(named)]).targets;
}

function repositoryOf({ image }: BuildPlan): ImageRepository {
  return { host: image.registry.host, path: image.repository };
}

interface RolloutCommand {
  readonly command: 'deploy' | 'rollback' | 'promote';
  readonly body: (context: StageContext) => Promise<BodyResult>;
}

/** A session that rolls out what is built already. */
async function rollOutOnly(desk: Desk, plan: BuildPlan, { command, body }: RolloutCommand): Promise<CommandOutcome> {
  const [ports, { runSession }, { endOfRollouts }, { destinationOf }] = await Promise.all([
    portsWithStore(desk),
    import('../pipeline/session.ts'),
    import('../pipeline/rollout-status.ts'),
    import('../plan/build-plan.ts'),
  ]);
  const infra = await readInfraState(desk);
  const { startedBy } = desk.surroundings;
  const header = { service: plan.service, site: plan.site, parameters: plan.parameters, infra, startedBy };
  const sessionBody: SessionBody = async (context) => {
    const { rollouts, number, digest, commit, reason, repository = repositoryOf(plan) } = await body(context);
    const buildImage = number === null ? null : formatImage(withTag(repository, numberTag(number, plan.build.arch)));
    context.note({ number, digest, commit, reason, buildImage });
    return endOfRollouts(rollouts, plan);
  };
  const request = { header, command, destination: destinationOf(plan) };
  return report(desk, (onEvent) => runSession(request, { ports, signal: desk.signal, onEvent }, sessionBody));
}

/** Shows the events while they happen, and ends with the result. */
async function report(
  desk: Desk,
  run: (onEvent: (event: BuildEvent) => void) => Promise<BuildResult>,
): Promise<CommandOutcome> {
  const { surroundings, signal } = desk;
  const [{ createReporter }, { reportText }, { exitCodeOf }] = await Promise.all([
    import('../report/create-reporter.ts'),
    import('../report/report-text.ts'),
    import('../report/exit-code.ts'),
  ]);
  const { progress: mode, color, verbose } = surroundings;
  // Progress and result stand below one another where both go to the terminal.
  const isOneScreen = process.stdout.isTTY && process.stderr.isTTY && mode !== 'json';
  const reporter = createReporter({ mode, stream: process.stderr, color, verbose, clock: performanceClock });
  try {
    const result = await run((event) => reporter.handle(event));
    reporter.close();
    const text = reportText(result, { width: desk.width, isErrorShown: isOneScreen });
    return { exitCode: exitCodeOf(result, signal), text: isOneScreen ? `\n${text}` : text, json: result };
  } finally {
    reporter.close();
  }
}

const performanceClock = { monotonicMs: () => performance.now() };
