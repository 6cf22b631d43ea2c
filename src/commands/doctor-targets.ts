import type { Configuration, EnvironmentConfiguration } from '../config/configuration.ts';
import { TARGETS_NOT_BUILT_YET } from '../config/not-built-yet.ts';
import { XgenError } from '../errors/xgen-error.ts';
import { exclusionReason } from '../plan/plan-target.ts';
import type { TargetPlan, Targets, TargetState } from '../ports/target.ts';
import { failedFinding, type Examination, type Finding } from './doctor-finding.ts';

/** The first service that is deployed to an environment for one of the sites; null where none is. */
export function firstDeployed(
  configuration: Configuration,
  environment: EnvironmentConfiguration,
  sites: readonly string[],
): { readonly service: string; readonly site: string } | null {
  for (const site of sites) {
    for (const service of Object.values(configuration.services)) {
      if (exclusionReason({ environment, service, site }) === null) return { service: service.name, site };
    }
  }
  return null;
}

/** A line per target; an engine that several share and that does not let us in is tried once. */
export function targetExaminations(targets: Targets, plans: readonly TargetPlan[]): readonly Examination[] {
  const unserved = plans.filter(({ kind }) => TARGETS_NOT_BUILT_YET.includes(kind));
  const served = plans.filter((plan) => !unserved.includes(plan));
  const engines = Map.groupBy(served, ({ kind, docker }) => JSON.stringify([kind, docker.host]));
  return [
    ...[...engines.values()].map((sharing) => engineExamination(targets, sharing)),
    ...unserved.map((plan) => ({ name: nameOf(plan), examine: () => Promise.resolve(unservedFinding(plan)) })),
  ];
}

function nameOf({ env }: TargetPlan): string {
  return `target ${env}`;
}

/** This version does not serve the target: only builds without a rollout there can be done. */
function unservedFinding(plan: TargetPlan): Finding {
  return {
    name: nameOf(plan),
    status: 'warning',
    detail: `not looked at: this version does not roll out to ${plan.kind}`,
    fix: `build with --no-deploy, or set environments.${plan.env}.target: docker in environments.yaml`,
  };
}

function engineExamination(targets: Targets, sharing: readonly TargetPlan[]): Examination {
  return {
    name: sharing.map(nameOf).join(', '),
    asks: asksEngine(sharing[0]?.docker.host ?? null),
    async examine(signal) {
      const findings: Finding[] = [];
      let closed: TargetPlan | null = null;
      for (const plan of sharing) {
        if (closed !== null) {
          findings.push(sameEngine(plan, closed));
          continue;
        }
        const { finding, isClosed } = await examineTarget(targets, plan, signal);
        findings.push(finding);
        if (isClosed) closed = plan;
      }
      return findings;
    },
  };
}

function asksEngine(host: string | null): Required<Examination>['asks'] {
  return host === null
    ? { whom: "this machine's engine", ifSilent: 'see whether it answers: docker info' }
    : { whom: `the engine at ${host}`, ifSilent: `see whether it answers: docker -H ${host} info` };
}

function sameEngine(plan: TargetPlan, first: TargetPlan): Finding {
  const detail = `is on the same engine as ${nameOf(first)}`;
  return { name: nameOf(plan), status: 'error', detail, fix: `mend ${nameOf(first)}` };
}

async function examineTarget(
  targets: Targets,
  plan: TargetPlan,
  signal: AbortSignal,
): Promise<{ finding: Finding; isClosed: boolean }> {
  const name = nameOf(plan);
  try {
    const target = targets(plan.kind);
    const [state] = await Promise.all([target.inspect(plan, signal), target.check(plan, signal)]);
    const engine = plan.docker.host ?? "this machine's engine";
    return {
      finding: { name, status: 'ok', detail: `${engine}: ${stateText(plan, state)}`, fix: null },
      isClosed: false,
    };
  } catch (error) {
    signal.throwIfAborted();
    const code = error instanceof XgenError ? error.code : null;
    const isClosed = code === 'TARGET_UNREACHABLE' || code === 'TARGET_FORBIDDEN';
    return { finding: failedFinding({ name }, error), isClosed };
  }
}

function stateText({ deployment, site }: TargetPlan, state: TargetState): string {
  if (state.status === 'missing') {
    const next = state.canCreate ? 'the first rollout makes it' : 'a rollout does not make it';
    return `${deployment} of ${site} is not there yet; ${next}`;
  }
  const image = state.number === null ? state.image : `b${state.number}`;
  return state.running ? `${deployment} runs ${image}` : `${deployment} is stopped (${image})`;
}
