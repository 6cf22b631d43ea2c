import type { Configuration } from '../config/configuration.ts';
import { UsageError } from '../errors/xgen-error.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import { findGiven, readBoolean } from '../plan/parameter-sources.ts';
import { readConfiguration, type Desk } from './desk.ts';

export interface AllPlans {
  readonly configuration: Configuration;
  /** One per service that was chosen, in the order of services.yaml. */
  readonly plans: readonly BuildPlan[];
}

/**
 * A plan for every service that `--only` and `--except` leave. A Dockerfile that is not there is that service's failure
 * alone, and is found out by its build. Throws what `planBuild` throws, USAGE, NOT_BUILT_YET.
 */
export async function readAllPlans(desk: Desk): Promise<AllPlans> {
  const [{ resolveBuildParameters }, { planBuild }, { requireBuiltTargets }] = await Promise.all([
    import('../plan/parameters.ts'),
    import('../plan/plan-build.ts'),
    import('../plan/require-built-targets.ts'),
  ]);
  const parameters = resolveBuildParameters(inputOf(desk));
  if (parameters.number !== null) throw oneNumber();
  const configuration = await readConfiguration(desk);
  const services = await readSelection(desk, Object.keys(configuration.services));
  const plans = services.map((service) => planBuild({ configuration, service, parameters }));
  plans.forEach(requireBuiltTargets);
  return { configuration, plans };
}

/** Those of the services that `--only` and `--except` leave. Throws USAGE. */
export async function readSelection(desk: Desk, services: readonly string[]): Promise<readonly string[]> {
  const { readPatterns, selectServices } = await import('../plan/select-services.ts');
  const only = readPatterns(textOf(desk, 'only'));
  const except = readPatterns(textOf(desk, 'except'));
  return selectServices(services, { only, except });
}

/** A whole number above 0 out of an option or its variable; null where neither was given. Throws USAGE. */
export function readCount(desk: Desk, option: string): number | null {
  const given = findGiven(inputOf(desk), { option, jenkins: null });
  if (given === null) return null;
  const text = String(given.value);
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new UsageError({
    code: 'USAGE',
    message: `${given.from} is "${text}", which is not a whole number from 1 to 999`,
    hint: `--${option} 6`,
  });
}

/** An option that is on or off, or its variable. Throws USAGE. */
export function isFlagSet(desk: Desk, option: string): boolean {
  const given = findGiven(inputOf(desk), { option, jenkins: null });
  const value = given === null ? false : readBoolean(given.value);
  if (value !== null) return value;
  throw new UsageError({
    code: 'USAGE',
    message: `${given?.from ?? option} is "${String(given?.value)}", which is not one of true, false`,
  });
}

function textOf(desk: Desk, option: string): string | undefined {
  const given = findGiven(inputOf(desk), { option, jenkins: null });
  return given === null ? undefined : String(given.value);
}

function inputOf({ invocation, surroundings }: Desk) {
  return { flags: invocation.flags, environment: surroundings.environment };
}

function oneNumber(): UsageError {
  return new UsageError({
    code: 'USAGE',
    message: 'a number belongs to one build, and XGEN_NUMBER would give it to every service',
    hint: 'unset XGEN_NUMBER; each service draws its own',
  });
}
