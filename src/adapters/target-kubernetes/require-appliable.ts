import { RolloutError } from '../../errors/xgen-error.ts';
import type { ErrorCode } from '../../errors/codes.ts';
import type { TargetPlan } from '../../ports/target.ts';
import type { Container, Workload } from './objects.ts';
import type { Place } from './place.ts';
import { containerOf, kindOf } from './workload.ts';

interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/** Throws what would make a rollout fail for certain, before anything is touched. */
export function requireAppliable(place: Pick<Place, 'target' | 'cluster'>, workload: Workload): void {
  const { target } = place;
  const problem = problemOf(target, workload, kubectlOf(place));
  if (problem === null) return;
  throw new RolloutError({
    ...problem,
    message: `${target.env}: ${problem.message}`,
    facts: { env: target.env, deployment: target.deployment },
  });
}

/** `kubectl --context prd -n xgen` */
export function kubectlOf({ target, cluster }: Pick<Place, 'target' | 'cluster'>): string {
  return ['kubectl', ...cluster.kubectl, '-n', target.namespace].join(' ');
}

/** What keeps a workload from being rolled out; null: nothing that can be seen. */
export function problemOf(target: TargetPlan, workload: Workload, kubectl: string): Problem | null {
  const { word } = kindOf(target);
  const name = `${word}/${target.deployment}`;
  const container = containerOf(target, workload);
  if (container === null) {
    const names = workload.spec.template.spec.containers.map((one) => one.name).join(', ');
    return {
      code: 'ROLLOUT_FAILED',
      message: `${name} has no container ${target.container}; it has ${names}`,
      hint: `name the right one: services.${target.service}.container in services.yaml`,
    };
  }
  if (workload.spec.paused === true) {
    return {
      code: 'ROLLOUT_PAUSED',
      message: `${name} is paused: no change of it takes effect`,
      hint: `${kubectl} rollout resume ${name}`,
    };
  }
  if (target.workload !== 'daemonset' && workload.spec.replicas === 0) {
    return {
      code: 'ROLLOUT_SCALED_TO_ZERO',
      message: `${name} is scaled to 0 replicas (by hand, or by its autoscaler): nothing would run, so nothing can be proven`,
      hint: `${kubectl} scale ${name} --replicas=1`,
    };
  }
  return updateProblem(target, workload) ?? pullPolicyProblem(target, container, { kubectl, name });
}

function updateProblem(target: TargetPlan, { spec }: Workload): Problem | null {
  const name = `${kindOf(target).word}/${target.deployment}`;
  if (spec.updateStrategy?.type === 'OnDelete') {
    return {
      code: 'ROLLOUT_FAILED',
      message: `${name} has updateStrategy OnDelete: its pods are replaced only when somebody deletes them`,
      hint: 'set spec.updateStrategy.type: RollingUpdate in its manifest',
    };
  }
  const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  if (partition === 0) return null;
  return {
    code: 'ROLLOUT_FAILED',
    message: `${name} has a partition of ${String(partition)}: pods below it keep the old image`,
    hint: 'set spec.updateStrategy.rollingUpdate.partition: 0 in its manifest',
  };
}

/**
 * A tag that moves is pulled again only with Always: a node that has `latest-amd64` keeps it otherwise. (The API server
 * fills in Always for the tag `latest` alone.) Never pulls nothing at all.
 */
function pullPolicyProblem(
  target: TargetPlan,
  { name: container, imagePullPolicy: policy }: Container,
  { kubectl, name }: { kubectl: string; name: string },
): Problem | null {
  if (policy === 'Always' || (policy !== 'Never' && target.strategy === 'pin')) return null;
  const patch = { spec: { template: { spec: { containers: [{ name: container, imagePullPolicy: 'Always' }] } } } };
  const always = `${kubectl} patch ${name} -p '${JSON.stringify(patch)}'`;
  const why =
    policy === 'Never'
      ? 'nodes never pull it'
      : `a node that has an older ${target.movingTag} would keep it, and run the old image`;
  return {
    code: 'ROLLOUT_PULL_POLICY',
    message: `${name} has imagePullPolicy ${policy ?? 'IfNotPresent'} for container ${container}: ${why}`,
    hint: `${policy === 'Never' ? '' : `environments.${target.env}.rollout.strategy: pin cures it, or `}set it in its manifest; at once: ${always}`,
  };
}
