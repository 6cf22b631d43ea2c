import { dirname, join } from 'node:path';
import { checkPaths } from '../config/check-paths.ts';
import { readKept } from '../config/read-kept.ts';
import { resolveParameters } from '../plan/parameters.ts';
import { planBuild } from '../plan/plan-build.ts';
import { requireBuiltTargets } from '../plan/require-built-targets.ts';
import type { Configuration } from '../config/configuration.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { BuildParameters } from '../ports/result.ts';
import type { InfraState } from '../ports/sources.ts';
import type { Invocation } from '../cli/invocation.ts';
import type { Ports } from '../pipeline/context.ts';
import { UsageError } from '../errors/xgen-error.ts';
import type { Composition, Ground } from './compose.ts';
import type { Surroundings } from './surroundings.ts';

/** What every command is handed: what was typed, where it runs, and the outside world on demand. */
export interface Desk {
  readonly invocation: Invocation;
  readonly surroundings: Surroundings;
  /** The bundle that runs; null where the source itself does. */
  readonly program: string | null;
  readonly signal: AbortSignal;
  /** Columns of standard output. */
  readonly width: number;
  readonly write: (text: string) => Promise<void>;
  /** What is made first; enough to begin to fetch. */
  ground(): Promise<Ground>;
  compose(): Promise<Composition>;
}

/** The ports with the state opened. */
export async function portsWithStore(desk: Desk): Promise<Ports> {
  const composition = await desk.compose();
  return { ...composition.ports, store: await composition.openStore() };
}

export async function readConfiguration(desk: Desk): Promise<Configuration> {
  const { configDir, cacheDir } = desk.surroundings;
  return readKept({
    configDir,
    directory: join(cacheDir, 'configurations'),
    program: desk.program,
    load: async (read) => (await import('../config/load.ts')).loadConfiguration(configDir, read),
  });
}

/** The infra root is the parent of the configuration's folder. */
export async function readInfraState(desk: Desk): Promise<InfraState> {
  const { sources } = await desk.ground();
  const { commit, dirty } = await sources.infraState(dirname(desk.surroundings.configDir));
  return { commit, dirty };
}

/**
 * A plan to build by, from what was typed. Names are checked before any file is read, then the configuration with the
 * paths of the service.
 */
export async function readBuildPlan(desk: Desk): Promise<BuildPlan> {
  const { configuration, plan } = await readJob(desk, {});
  await checkPaths(configuration, [plan.service]);
  return plan;
}

/** A plan to roll out by what is built already: it needs no Dockerfile, and DEPLOY=false means the main job alone. */
export async function readRolloutPlan(desk: Desk, env?: readonly string[]): Promise<PlannedJob> {
  return readJob(desk, { deploy: true, ...(env === undefined ? {} : { env }) });
}

async function readJob(desk: Desk, fixed: Partial<BuildParameters>): Promise<PlannedJob> {
  const { invocation, surroundings } = desk;
  const input = { flags: invocation.flags, environment: surroundings.environment };
  const typed = resolveParameters({ ...input, service: invocation.args[0] ?? null });
  const parameters = { ...typed.parameters, ...fixed };
  const { service } = typed;
  const configuration = await readConfiguration(desk);
  const plan = planBuild({ configuration, service, parameters });
  requireBuiltTargets(plan);
  return {
    configuration,
    plan,
    planFor: (env) => planBuild({ configuration, service, parameters: { ...parameters, env } }),
  };
}

export interface PlannedJob {
  readonly configuration: Configuration;
  readonly plan: BuildPlan;
  /** The same job for other environments. */
  readonly planFor: (env: readonly string[]) => BuildPlan;
}

/** `b42` or `42` as a number. Throws USAGE. */
export function readBuildNumber(flag: string | boolean | undefined): number | null {
  if (flag === undefined) return null;
  const match = typeof flag === 'string' ? /^b?([1-9]\d{0,8})(?:-[a-z0-9]+)?$/.exec(flag) : null;
  if (match?.[1] !== undefined) return Number(match[1]);
  throw new UsageError({
    code: 'USAGE',
    message: `--to ${String(flag)} is not a build`,
    hint: 'name it by its number: --to b42',
  });
}
