import { annotationKey } from './annotations.ts';
import { ask, type Ask } from './api.ts';
import type { ContainerStatus, List, Pod, Workload } from './objects.ts';
import type { Place } from './place.ts';
import { selectorText } from './workload.ts';

export function podsPath(place: Place): string {
  return `/api/v1/namespaces/${place.target.namespace}/pods`;
}

/** The workload's pods, those that are about to end too. */
export async function listPods(
  place: Place,
  workload: Workload,
  asking: Pick<Ask, 'signal' | 'patientUntilMs'>,
): Promise<List<Pod>> {
  const query = { labelSelector: selectorText(workload.spec.selector) };
  const { value } = await ask<List<Pod>>(place, {
    verb: 'list',
    resource: 'pods',
    path: podsPath(place),
    query,
    ...asking,
  });
  return { metadata: value.metadata ?? {}, items: value.items ?? [] };
}

/** Pods that are to stay. After a finished rollout old ones are listed while they end. */
export function livePods(pods: readonly Pod[]): readonly Pod[] {
  return pods.filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && !isOver(status?.phase));
}

/** Evicted and finished pods stay listed until they are collected; their place was taken long ago. */
function isOver(phase: string | undefined): boolean {
  return phase === 'Failed' || phase === 'Succeeded';
}

/** Pods of one rollout, by the annotation that their template carries. */
export function podsOf(pods: readonly Pod[], rollout: string | null): readonly Pod[] {
  if (rollout === null) return pods;
  return pods.filter(({ metadata }) => metadata.annotations?.[annotationKey('rollout')] === rollout);
}

export function isReady({ status }: Pod): boolean {
  return status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
}

export function statusOfContainer(pod: Pod, name: string): ContainerStatus | null {
  return pod.status?.containerStatuses?.find((status) => status.name === name) ?? null;
}

/** The rollout whose template the workload has; null where the template is not ours. */
export function rolloutOf(workload: Workload): string | null {
  return workload.spec.template.metadata?.annotations?.[annotationKey('rollout')] ?? null;
}
