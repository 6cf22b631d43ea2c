import type { TargetPlan } from '../../ports/target.ts';
import type { Container, LabelSelector, Workload } from './objects.ts';

/** What kinds of workload differ in: where they are, and how they tell how far they are. */
export interface WorkloadKind {
  /** `deployments` */
  readonly resource: string;
  /** As kubectl names it: `deployment`. */
  readonly word: TargetPlan['workload'];
}

const KINDS: Readonly<Record<TargetPlan['workload'], WorkloadKind>> = {
  deployment: { resource: 'deployments', word: 'deployment' },
  statefulset: { resource: 'statefulsets', word: 'statefulset' },
  daemonset: { resource: 'daemonsets', word: 'daemonset' },
};

export function kindOf(target: TargetPlan): WorkloadKind {
  return KINDS[target.workload];
}

export function workloadsPath(target: TargetPlan): string {
  return `/apis/apps/v1/namespaces/${target.namespace}/${kindOf(target).resource}`;
}

export function workloadPath(target: TargetPlan): string {
  return `${workloadsPath(target)}/${target.deployment}`;
}

/** How far a workload is with its newest template, by its own word. */
export interface Progress {
  /** The controller has seen the newest change. */
  readonly isObserved: boolean;
  readonly desired: number;
  /** Pods of the newest template. */
  readonly updated: number;
  readonly available: number;
  /** Pods of any template. */
  readonly total: number;
  readonly isComplete: boolean;
}

/** By the rules of `kubectl rollout status`. */
export function progressOf(target: TargetPlan, workload: Workload): Progress {
  const status = workload.status ?? {};
  const isObserved = (status.observedGeneration ?? 0) >= (workload.metadata.generation ?? 0);
  if (target.workload === 'daemonset') {
    const desired = status.desiredNumberScheduled ?? 0;
    const updated = status.updatedNumberScheduled ?? 0;
    const available = status.numberAvailable ?? 0;
    const total = status.currentNumberScheduled ?? 0;
    return {
      isObserved,
      desired,
      updated,
      available,
      total,
      isComplete: isObserved && updated >= desired && available >= desired,
    };
  }
  const desired = workload.spec.replicas ?? 1;
  const total = status.replicas ?? 0;
  if (target.workload === 'statefulset') {
    // Before the first update there is one revision, and updatedReplicas is not written.
    const isOneRevision = status.currentRevision === status.updateRevision;
    const updated = isOneRevision ? total : (status.updatedReplicas ?? 0);
    const available = status.availableReplicas ?? status.readyReplicas ?? 0;
    const isComplete = isObserved && isOneRevision && updated >= desired && available >= desired && total === desired;
    return { isObserved, desired, updated, available, total, isComplete };
  }
  const updated = status.updatedReplicas ?? 0;
  const available = status.availableReplicas ?? 0;
  const isComplete = isObserved && updated >= desired && total === updated && available >= updated;
  return { isObserved, desired, updated, available, total, isComplete };
}

/** The container that is rolled out; init containers and sidecars are none of our business. */
export function containerOf(target: TargetPlan, workload: Workload): Container | null {
  return workload.spec.template.spec.containers.find(({ name }) => name === target.container) ?? null;
}

/** `app=xgen-core,tier in (api)` */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const equal = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const others = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...equal, ...others].join(',');
}

/** Equal for two readings exactly where nobody changed the template in between. */
export function templateText(workload: Workload): string {
  return JSON.stringify(workload.spec.template);
}
