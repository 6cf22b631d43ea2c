import type { Failure } from './failure.ts';
import { judgeContainer, linesOf } from './judge-container.ts';
import { notInTime } from './judge-timeout.ts';
import { createFailure, deletedFailure, pausedFailure, QUOTA_MS } from './judge-workload.ts';
import { CREATE_FAILED, creating, isCreating, isUnschedulable, ready, restartsOf, unschedulable } from './memory.ts';
import type { Container, ContainerStatus, Pod, Workload } from './objects.ts';
import { isReady, statusOfContainer } from './pods.ts';
import { detailOf, type RolloutView } from './rollout-view.ts';
import { progressOf, type Progress } from './workload.ts';

export type Verdict =
  /** Complete, and every pod runs what was pushed. */
  | { readonly kind: 'proven'; readonly replicas: number }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | {
      readonly kind: 'progressing';
      readonly detail: string;
      /** When a look is worth it although nothing changed; null: never. */
      readonly lookAgainMs: number | null;
      /** A pod whose events would say more. */
      readonly wonders: string | null;
    };

/** Room may come free while old pods end; a node that is added takes longer, and says so in the events. */
const UNSCHEDULABLE_MS = 20_000;
/** A volume is mounted within a second; what takes longer is asked about. */
const CREATING_MS = 3_000;
/** How long a container without a readiness probe has to stay up; longer where it did not at first. */
const SETTLE_MS = 2_000;
const SETTLE_AFTER_RESTART_MS = 12_000;

/** What a rollout has come to: done, failed for certain, or neither yet. */
export function judge(view: RolloutView): Verdict {
  const { target, workload, pods } = view;
  if (workload === null) return failed(deletedFailure(target));
  const progress = progressOf(target, workload);
  const failure =
    pausedFailure(target, workload) ??
    imageFailure(view) ??
    first(pods, (pod) => containerFailure(view, pod)) ??
    createFailure(view, workload) ??
    first(pods, (pod) => volumeFailure(view, pod)) ??
    first(pods, (pod) => placeFailure(view, pod)) ??
    deadlineFailure(view, workload);
  if (failure !== null) return failed(failure);
  if (isProven(view, progress)) return { kind: 'proven', replicas: pods.length };
  return {
    kind: 'progressing',
    detail: detailOf(view, progress),
    lookAgainMs: lookAgainMs(view),
    wonders: wondersOf(view),
  };
}

function failed(failure: Failure): Verdict {
  return { kind: 'failed', failure };
}

function first<T>(items: readonly T[], judgeOne: (item: T) => Failure | null): Failure | null {
  for (const item of items) {
    const failure = judgeOne(item);
    if (failure !== null) return failure;
  }
  return null;
}

function isProven(view: RolloutView, progress: Progress): boolean {
  const { target, pods, images } = view;
  if (!progress.isComplete || progress.desired === 0 || pods.length < progress.desired) return false;
  return pods.every((pod) => {
    const imageId = statusOfContainer(pod, target.container)?.imageID ?? '';
    return isReady(pod) && images.get(imageId)?.kind === 'same' && unsettledMs(view, pod) <= 0;
  });
}

/** Without a readiness probe a container counts as ready from its first moment: whether it stays is waited for. */
function unsettledMs({ target, memory, nowMs }: RolloutView, pod: Pod): number {
  const container = pod.spec?.containers.find(({ name }) => name === target.container);
  if (container?.readinessProbe !== undefined) return 0;
  const settleMs = restartsOf(pod) === 0 ? SETTLE_MS : SETTLE_AFTER_RESTART_MS;
  return settleMs - (nowMs - (memory.since.get(ready(pod)) ?? nowMs));
}

function imageFailure({ target, pods, images }: RolloutView): Failure | null {
  return first(pods, (pod) => {
    const imageId = statusOfContainer(pod, target.container)?.imageID ?? '';
    const verdict = images.get(imageId);
    if (verdict?.kind !== 'other') return null;
    const why = verdict.why === null ? '' : ` (${verdict.why})`;
    return {
      code: 'ROLLOUT_WRONG_DIGEST',
      message: `a new pod runs ${imageId}, which is not what was pushed${why}`,
      hint: `find out who else moves ${target.movingTag}, or set environments.${target.env}.rollout.strategy: pin; then run the command again`,
      evidence: [`pod ${pod.metadata.name}`],
      at: null,
    };
  });
}

function containerFailure({ target, memory }: RolloutView, pod: Pod): Failure | null {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return first(statuses, (status: ContainerStatus) => {
    const container: Container = containers.find(({ name }) => name === status.name) ?? { name: status.name };
    const pulls = memory.pulls.get(`${pod.metadata.name}/${status.name}`)?.count ?? 0;
    return judgeContainer({ pod, container, status, namespace: target.namespace, pulls });
  });
}

/** Volumes of ConfigMaps and Secrets that are not there show in events alone. */
function volumeFailure({ target, events }: RolloutView, pod: Pod): Failure | null {
  if (!isCreating(pod)) return null;
  const event = (events.get(pod.metadata.name) ?? []).find(
    ({ reason, message = '' }) =>
      reason === 'FailedMount' && /(?:configmap|secret) "[^"]*" not found|references non-existent/i.test(message),
  );
  if (event === undefined) return null;
  const words = event.message ?? '';
  const named = /(?<kind>configmap|secret) "(?<name>[^"]*)" not found/i.exec(words)?.groups;
  return {
    code: 'ROLLOUT_CONFIG_MISSING',
    message:
      named === undefined
        ? `a volume cannot be mounted: ${words}`
        : `${named['kind']} "${named['name']}" not found, which a volume of the new pods needs`,
    hint: `see what is there: kubectl -n ${target.namespace} get configmap,secret`,
    evidence: linesOf(words),
    at: null,
  };
}

function placeFailure({ memory, events, nowMs }: RolloutView, pod: Pod): Failure | null {
  const since = memory.since.get(unschedulable(pod));
  if (since === undefined || nowMs - since < UNSCHEDULABLE_MS) return null;
  const isGrowing = (events.get(pod.metadata.name) ?? []).some(({ reason }) => reason === 'TriggeredScaleUp');
  if (isGrowing) return null;
  const words = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? '';
  return {
    code: 'ROLLOUT_UNSCHEDULABLE',
    message: `no node takes the new pod: ${words.replace(/\.? (?:no new claims to deallocate, )?preemption:.*$/s, '')}`,
    hint: 'make room: a node more, or lower resources.requests or maxSurge in the manifest of the workload',
    evidence: linesOf(words),
    at: null,
  };
}

function deadlineFailure(view: RolloutView, { status }: Workload): Failure | null {
  const condition = status?.conditions?.find(
    ({ type, status: is, reason }) => type === 'Progressing' && is === 'False' && reason === 'ProgressDeadlineExceeded',
  );
  return condition === undefined ? null : notInTime(view, 'the progress deadline of the workload passed');
}

function lookAgainMs(view: RolloutView): number | null {
  const { memory, nowMs, pods } = view;
  const limits: readonly (readonly [number | undefined, number])[] = [
    [memory.since.get(CREATE_FAILED), QUOTA_MS],
    ...pods.filter(isUnschedulable).map((pod) => [memory.since.get(unschedulable(pod)), UNSCHEDULABLE_MS] as const),
    ...pods.filter(isCreating).map((pod) => [memory.since.get(creating(pod)), CREATING_MS] as const),
  ];
  const waits = limits.flatMap(([since, limit]) => (since === undefined ? [] : [since + limit - nowMs]));
  const settling = pods.filter(isReady).map((pod) => unsettledMs(view, pod));
  const left = [...waits, ...settling].filter((ms) => ms > 0);
  return left.length === 0 ? null : Math.min(...left) + 1;
}

/** A pod that cannot be made for a while: the events say what it waits for. Each is asked about once. */
function wondersOf({ pods, memory, events, nowMs }: RolloutView): string | null {
  const stuck = pods.find((pod) => {
    if (events.has(pod.metadata.name)) return false;
    const makes = memory.since.get(creating(pod));
    const waits = memory.since.get(unschedulable(pod));
    const isSlow = makes !== undefined && nowMs - makes >= CREATING_MS;
    return isSlow || (waits !== undefined && nowMs - waits >= UNSCHEDULABLE_MS - CREATING_MS);
  });
  return stuck?.metadata.name ?? null;
}
