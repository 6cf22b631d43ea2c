import { isPullProblem } from './judge-container.ts';
import type { Pod, Workload } from './objects.ts';
import { isReady } from './pods.ts';

/** What a single look cannot tell: for how long something has been so, and how often it happened. */
export interface Memory {
  /** Since when (monotonic milliseconds) a symptom is seen without a break. */
  readonly since: ReadonlyMap<string, number>;
  /** By `pod/container`: how often the node began to say that it cannot pull. */
  readonly pulls: ReadonlyMap<string, { readonly count: number; readonly isFailing: boolean }>;
}

export const NO_MEMORY: Memory = { since: new Map(), pulls: new Map() };

/** The memory after another look. */
export function remember(
  memory: Memory,
  look: { readonly workload: Workload | null; readonly pods: readonly Pod[]; readonly nowMs: number },
): Memory {
  const symptoms = [...workloadSymptoms(look.workload), ...look.pods.flatMap(podSymptoms)];
  return {
    since: new Map(symptoms.map((symptom) => [symptom, memory.since.get(symptom) ?? look.nowMs])),
    pulls: countPulls(memory, look.pods),
  };
}

export const CREATE_FAILED = 'pods cannot be made';
export const unschedulable = (pod: Pod): string => `unschedulable ${pod.metadata.name}`;
export const creating = (pod: Pod): string => `creating ${pod.metadata.name}`;
/** Ready without a break and without a restart. */
export const ready = (pod: Pod): string => `ready ${pod.metadata.name} ${String(restartsOf(pod))}`;

function workloadSymptoms(workload: Workload | null): readonly string[] {
  const isFailing = workload?.status?.conditions?.some(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  return isFailing === true ? [CREATE_FAILED] : [];
}

function podSymptoms(pod: Pod): readonly string[] {
  return [
    ...(isUnschedulable(pod) ? [unschedulable(pod)] : []),
    ...(isCreating(pod) ? [creating(pod)] : []),
    ...(isReady(pod) ? [ready(pod)] : []),
  ];
}

export function restartsOf({ status }: Pod): number {
  return (status?.containerStatuses ?? []).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
}

export function isUnschedulable({ status }: Pod): boolean {
  return (
    status?.conditions?.some(
      ({ type, status: is, reason }) => type === 'PodScheduled' && is === 'False' && reason === 'Unschedulable',
    ) ?? false
  );
}

/** Scheduled, and no container has come so far as to be pulled: volumes, network. */
export function isCreating({ status }: Pod): boolean {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const waits = all.map(({ state }) => state?.waiting?.reason ?? '');
  return all.length > 0 && waits.every((reason) => reason === 'ContainerCreating' || reason === 'PodInitializing');
}

function countPulls(memory: Memory, pods: readonly Pod[]): Memory['pulls'] {
  const pulls = new Map<string, { count: number; isFailing: boolean }>();
  for (const { metadata, status } of pods) {
    for (const container of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
      const key = `${metadata.name}/${container.name}`;
      const before = memory.pulls.get(key) ?? { count: 0, isFailing: false };
      // ErrImagePull is the try itself, ImagePullBackOff the pause after it; a look may miss either.
      const isFailing = container.state?.waiting?.reason === 'ErrImagePull';
      const isFirst = isPullProblem(container) && before.count === 0;
      pulls.set(key, { count: before.count + (isFirst || (isFailing && !before.isFailing) ? 1 : 0), isFailing });
    }
  }
  return pulls;
}
