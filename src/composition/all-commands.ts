import type { CommandOutcome } from '../commands/outcome.ts';
import { UsageError } from '../errors/xgen-error.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { BuildEvent } from '../ports/events.ts';
import type { BuildAllResult } from '../ports/result.ts';
import { isFlagSet, readAllPlans, readCount } from './all-plans.ts';
import { portsWithStore, readBuildPlan, readInfraState, type Desk } from './desk.ts';

/** Every service: git servers are asked first, side by side, and answer while the rest is loaded. */
export async function runBuildAllCommand(desk: Desk): Promise<CommandOutcome> {
  const { signal } = desk;
  const infraStates = readInfraState(desk);
  // Heard of below; plans that cannot be made come first.
  infraStates.catch(() => undefined);
  const [{ configuration, plans }, { sources }, { createLooks }, { readTip }] = await Promise.all([
    readAllPlans(desk),
    desk.ground(),
    import('../pipeline/looks.ts'),
    import('../pipeline/wanted-image.ts'),
  ]);
  const looks = createLooks(signal);
  const concurrency = readCount(desk, 'concurrency') ?? configuration.build.concurrency;
  // The first builds ask for the same looks, and hear of a failure there.
  for (const plan of plans.slice(0, concurrency)) void readTip({ plan, sources, looks }).catch(() => undefined);
  const [infra, ports, { runBuildAll }, { sharePorts }] = await Promise.all([
    infraStates,
    portsWithStore(desk),
    import('../pipeline/run-build-all.ts'),
    import('../pipeline/shared-ports.ts'),
  ]);
  const { startedBy } = desk.surroundings;
  const request = {
    plans,
    concurrency,
    failFast: isFlagSet(desk, 'fail-fast'),
    infra,
    startedBy,
  };
  return reportAll(desk, plans, (onEvent) =>
    runBuildAll(request, { ports: sharePorts(ports), looks, signal, onEvent }),
  );
}

/** What one service's build, or every service's, would do. */
export async function runPlanCommand(desk: Desk): Promise<CommandOutcome> {
  const { width, signal } = desk;
  const isAll = isFlagSet(desk, 'all');
  if (isAll && desk.invocation.args[0] != null) throw bothNamed(desk.invocation.args[0]);
  const [plans, { ports }, command, { createLooks }, { shareReads }] = await Promise.all([
    isAll ? readAllPlans(desk).then((all) => all.plans) : readBuildPlan(desk).then((plan) => [plan]),
    desk.compose(),
    import('../commands/plan.ts'),
    import('../pipeline/looks.ts'),
    import('../pipeline/shared-ports.ts'),
  ]);
  const outside = { ports: shareReads(ports), width, signal, looks: createLooks(signal) };
  const [only] = plans;
  return isAll || only === undefined
    ? command.planAll({ ...outside, plans })
    : command.plan({ ...outside, plan: only });
}

function bothNamed(service: string): UsageError {
  return new UsageError({
    code: 'USAGE',
    message: `plan is asked for ${service} and for --all`,
    hint: `xgen-build plan ${service}, or xgen-build plan --all --only ${service}`,
  });
}

/** Shows the events of all builds while they happen, and ends with the result. */
async function reportAll(
  desk: Desk,
  plans: readonly BuildPlan[],
  run: (onEvent: (service: string, event: BuildEvent) => void) => Promise<BuildAllResult>,
): Promise<CommandOutcome> {
  const [{ createAllReporter }, { allText }, { exitCodeOfAll }] = await Promise.all([
    import('../report/all-reporter.ts'),
    import('../report/all-text.ts'),
    import('../report/exit-code.ts'),
  ]);
  const { progress: mode, color, verbose } = desk.surroundings;
  const services = plans.map(({ service }) => service);
  const clock = { monotonicMs: () => performance.now() };
  const reporter = createAllReporter({ mode, stream: process.stderr, color, verbose, clock, services });
  // Board and result stand below one another where both go to the terminal.
  const isBoardShown = process.stdout.isTTY && process.stderr.isTTY && mode === 'tty' && !verbose;
  try {
    const result = await run((service, event) => reporter.handle(service, event));
    reporter.close();
    const text = allText(result, { width: desk.width, isBoardShown });
    return { exitCode: exitCodeOfAll(result, desk.signal), text: isBoardShown ? `\n${text}` : text, json: result };
  } finally {
    reporter.close();
  }
}
