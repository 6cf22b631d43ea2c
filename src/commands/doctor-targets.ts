import type { Configuration, EnvironmentConfiguration } from '../config/configuration.ts';
import { TARGETS_NOT_BUILT_YET } from '../config/not-built-yet.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { XgenError } from '../errors/xgen-error.ts';
import { exclusionReason } from '../plan/plan-target.ts';
import type { TargetPlan, TargetRight, Targets, TargetState } from '../ports/target.ts';
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

/** A line per target; an engine or cluster that several share and that does not let us in is tried once. */
export function targetExaminations(targets: Targets, plans: readonly TargetPlan[]): readonly Examination[] {
  const unserved = plans.filter(({ kind }) => TARGETS_NOT_BUILT_YET.includes(kind));
  const served = plans.filter((plan) => !unserved.includes(plan));
  const servers = Map.groupBy(served, ({ kind, docker, kubernetes }) =>
    JSON.stringify(kind === 'docker' ? [kind, docker.host] : [kind, kubernetes.kubeconfig, kubernetes.context]),
  );
  return [
    ...[...servers.values()].map((sharing) => serverExamination(targets, sharing)),
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
    fix: `build with --no-deploy, or set environments.${plan.env}.target: kubernetes or docker in environments.yaml`,
  };
}

function serverExamination(targets: Targets, sharing: readonly TargetPlan[]): Examination {
  const [first] = sharing;
  return {
    name: sharing.map(nameOf).join(', '),
    ...(first === undefined ? {} : { asks: asksServer(first) }),
    async examine(signal) {
      const findings: Finding[] = [];
      let closed: TargetPlan | null = null;
      for (const plan of sharing) {
        if (closed !== null) {
          findings.push(sameServer(plan, closed));
          continue;
        }
        const { found, isClosed } = await examineTarget(targets, plan, signal);
        findings.push(...found);
        if (isClosed) closed = plan;
      }
      return findings;
    },
  };
}

function asksServer(plan: TargetPlan): Required<Examination>['asks'] {
  const { host } = plan.docker;
  if (plan.kind === 'kubernetes') return { whom: whereText(plan), ifSilent: 'see whether it answers: kubectl version' };
  return host === null
    ? { whom: "this machine's engine", ifSilent: 'see whether it answers: docker info' }
    : { whom: `the engine at ${host}`, ifSilent: `see whether it answers: docker -H ${host} info` };
}

function sameServer(plan: TargetPlan, first: TargetPlan): Finding {
  const detail = `is on the same ${plan.kind === 'docker' ? 'engine' : 'cluster'} as ${nameOf(first)}`;
  return { name: nameOf(plan), status: 'error', detail, fix: `mend ${nameOf(first)}` };
}

async function examineTarget(
  targets: Targets,
  plan: TargetPlan,
  signal: AbortSignal,
): Promise<{ found: readonly Finding[]; isClosed: boolean }> {
  const name = nameOf(plan);
  let rights: readonly Finding[] = [];
  try {
    const target = targets(plan.kind);
    rights = rightsFindings(plan, await target.rights(plan, signal));
    // What is not allowed is said by right, better than by the request that fails for want of it.
    if (rights.some(({ status }) => status === 'error')) return { found: rights, isClosed: false };
    const [state] = await Promise.all([target.inspect(plan, signal), target.check(plan, signal)]);
    const detail = `${whereText(plan)}: ${stateText(plan, state)}`;
    return { found: [{ name, status: 'ok', detail, fix: null }, ...rights], isClosed: false };
  } catch (error) {
    signal.throwIfAborted();
    const isClosed = error instanceof XgenError && CLOSED.includes(error.code);
    return { found: [failedFinding({ name }, error), ...rights], isClosed };
  }
}

const CLOSED: readonly ErrorCode[] = [
  'TARGET_UNREACHABLE',
  'TARGET_FORBIDDEN',
  'TARGET_LOGIN_REFUSED',
  'KUBECONFIG_INVALID',
];

/** `kubeconfig /etc/xgen/prd.conf, context prd` */
function whereText({ kind, docker, kubernetes, namespace }: TargetPlan): string {
  if (kind === 'docker') return docker.host ?? "this machine's engine";
  const { kubeconfig, context } = kubernetes;
  const cluster = kubeconfig === '' ? 'the cluster of the environment' : `kubeconfig ${kubeconfig}`;
  return `${cluster}${context === null ? '' : `, context ${context}`}, namespace ${namespace}`;
}

/** Nothing for a target without rights of its own. What is optional is named with what is done without. */
function rightsFindings(plan: TargetPlan, rights: readonly TargetRight[]): readonly Finding[] {
  if (rights.length === 0) return [];
  const name = `rights ${plan.env}`;
  const missing = rights.filter(({ isAllowed }) => !isAllowed);
  const needed = missing.filter(({ serves }) => serves === null).map(({ what }) => what);
  if (needed.length > 0) {
    return [
      {
        name,
        status: 'error',
        detail: `may not ${needed.join(', ')} in ${plan.namespace}`,
        fix: `xgen-build rbac --env ${plan.env} | kubectl apply -f -`,
      },
    ];
  }
  const without = [...new Set(missing.map(({ serves }) => serves))].join('; ');
  const detail = `all that is needed in ${plan.namespace}${without === '' ? '' : `; done without: ${without}`}`;
  return [{ name, status: 'ok', detail, fix: null }];
}

function stateText({ deployment, site }: TargetPlan, state: TargetState): string {
  if (state.status === 'missing') {
    const next = state.canCreate ? 'the first rollout makes it' : 'a rollout does not make it';
    return `${deployment} of ${site} is not there yet; ${next}`;
  }
  const image = state.number === null ? state.image : `b${state.number}`;
  return state.running ? `${deployment} runs ${image}` : `${deployment} is stopped (${image})`;
}
