import type { Failure } from './failure.ts';
import type { CheckImage, ImageVerdict } from './image-check.ts';
import { interfered } from './interference.ts';
import { judge, type Verdict } from './judge.ts';
import { notInTime } from './judge-timeout.ts';
import { NO_MEMORY, remember, type Memory } from './memory.ts';
import type { KubeEvent, Pod, Workload } from './objects.ts';
import type { Place } from './place.ts';
import { livePods, listPods, podsOf, podsPath, statusOfContainer } from './pods.ts';
import { readEvents } from './evidence.ts';
import { readWorkload } from './reading.ts';
import type { RolloutView } from './rollout-view.ts';
import { watchObjects, type Seen } from './watch.ts';
import { kindOf, selectorText, templateText, workloadsPath } from './workload.ts';

export interface Follow {
  /** The workload as the change left it, and the rollout that its template names. */
  readonly workload: Workload;
  readonly rollout: string | null;
  /** Where the list of pods can be watched from; null: it is read first. */
  readonly podsVersion: string | null;
  readonly check: CheckImage;
  readonly timeoutMs: number;
  readonly onStep: (step: string) => void;
  readonly signal: AbortSignal;
}

export type Followed =
  | { readonly kind: 'proven'; readonly replicas: number; readonly workload: Workload }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly workload: Workload | null };

/** What is known, and what changes it. */
interface Watching {
  workload: Workload | null;
  readonly pods: Map<string, Pod>;
  readonly events: Map<string, readonly KubeEvent[]>;
  readonly images: Map<string, ImageVerdict>;
  memory: Memory;
}

const FINAL_LOOK_MS = 5_000;

/**
 * Watches a rollout to its end: complete and proven, or failed as soon as that is certain. Two watches, however long it
 * takes. Throws ROLLOUT_INTERFERED where somebody else changes the template, TARGET_UNREACHABLE where nobody can tell
 * how it ended, and the signal's reason.
 */
export async function followRollout(place: Place, follow: Follow): Promise<Followed> {
  const { clock } = place.tools;
  const deadline = clock.monotonicMs() + follow.timeoutMs;
  const watching: Watching = {
    workload: follow.workload,
    pods: new Map(),
    events: new Map(),
    images: new Map(),
    memory: NO_MEMORY,
  };
  const done = new AbortController();
  const signal = AbortSignal.any([follow.signal, done.signal]);
  const bell = createBell();
  const watches = startWatches(place, { follow, watching, deadline, signal, ring: bell.ring });
  try {
    for (;;) {
      bell.reset();
      const verdict = await look(place, follow, watching);
      const end = endOf(verdict, watching);
      if (end !== null) return end;
      const leftMs = deadline - clock.monotonicMs();
      if (leftMs <= 0) return await lastLook(place, follow, watching);
      const waitMs = verdict.kind === 'progressing' ? (verdict.lookAgainMs ?? leftMs) : leftMs;
      await sleepUntilRung(place, { ms: Math.min(waitMs, leftMs), rung: bell.rung(), watches, signal: follow.signal });
    }
  } finally {
    done.abort();
  }
}

/** One look at all that is known; what is not known yet is asked for. */
async function look(place: Place, follow: Follow, watching: Watching): Promise<Verdict> {
  const { workload } = watching;
  if (workload !== null && templateText(workload) !== templateText(follow.workload)) throw interfered(place, workload);
  const pods = podsOf(livePods([...watching.pods.values()]), follow.rollout);
  const nowMs = place.tools.clock.monotonicMs();
  watching.memory = remember(watching.memory, { workload, pods, nowMs });
  await checkImages(place, follow, { watching, pods });
  const view: RolloutView = { ...watching, target: place.target, pods, nowMs };
  const verdict = judge(view);
  if (verdict.kind !== 'progressing') return verdict;
  follow.onStep(verdict.detail);
  if (verdict.wonders === null) return verdict;
  watching.events.set(verdict.wonders, await readEvents(place, verdict.wonders, follow.signal));
  return judge({ ...view, events: watching.events });
}

async function checkImages(
  place: Place,
  { check }: Follow,
  { watching, pods }: { watching: Watching; pods: readonly Pod[] },
): Promise<void> {
  for (const pod of pods) {
    const imageId = statusOfContainer(pod, place.target.container)?.imageID ?? '';
    if (imageId !== '' && !watching.images.has(imageId)) watching.images.set(imageId, await check(imageId));
  }
}

function endOf(verdict: Verdict, { workload }: Watching): Followed | null {
  if (verdict.kind === 'failed') return { ...verdict, workload };
  return verdict.kind === 'proven' && workload !== null ? { ...verdict, workload } : null;
}

/** Time is up. A watch may have been lost without a word: everything is read once more before anything is said. */
async function lastLook(place: Place, follow: Follow, watching: Watching): Promise<Followed> {
  const asking = {
    signal: follow.signal,
    patientUntilMs: place.tools.clock.monotonicMs() + FINAL_LOOK_MS,
  };
  watching.workload = (await readWorkload(place, asking))?.workload ?? null;
  replace(watching.pods, (await listPods(place, follow.workload, asking)).items);
  const end = endOf(await look(place, follow, watching), watching);
  if (end !== null) return end;
  const pods = podsOf(livePods([...watching.pods.values()]), follow.rollout);
  const view = { ...watching, target: place.target, pods, nowMs: place.tools.clock.monotonicMs() };
  const seconds = String(Math.round(follow.timeoutMs / 100) / 10);
  return { kind: 'failed', failure: notInTime(view, `not ready within ${seconds} s`), workload: watching.workload };
}

/** Never resolves; rejects where a watch cannot go on. */
async function startWatches(
  place: Place,
  run: { follow: Follow; watching: Watching; deadline: number; signal: AbortSignal; ring: () => void },
): Promise<never> {
  const { watching, ring } = run;
  const failing = Promise.withResolvers<never>();
  const keep = async <T>(seen: AsyncGenerator<Seen<T>>, take: (one: Seen<T>) => void): Promise<void> => {
    try {
      for await (const one of seen) {
        take(one);
        ring();
      }
    } catch (error) {
      if (!run.signal.aborted) failing.reject(error);
    }
  };
  void keep(watchWorkload(place, run), (seen) => {
    if (seen.kind === 'all') watching.workload = seen.objects[0] ?? null;
    else watching.workload = seen.kind === 'there' ? seen.object : null;
  });
  void keep(watchPods(place, run), (seen) => {
    if (seen.kind === 'all') replace(watching.pods, seen.objects);
    else if (seen.kind === 'there') watching.pods.set(seen.object.metadata.name, seen.object);
    else watching.pods.delete(seen.object.metadata.name);
  });
  // Told to stop, nobody waits for them any more.
  failing.promise.catch(() => undefined);
  return failing.promise;
}

type Run = Parameters<typeof startWatches>[1];

function watchWorkload(place: Place, { follow, deadline, signal }: Run): AsyncGenerator<Seen<Workload>> {
  const { target } = place;
  return watchObjects<Workload>(place, {
    request: { verb: 'watch', resource: kindOf(target).resource },
    path: workloadsPath(target),
    query: { fieldSelector: `metadata.name=${target.deployment}` },
    version: follow.workload.metadata.resourceVersion ?? null,
    readAll: async () => {
      const workload = (await readWorkload(place, { signal, patientUntilMs: deadline }))?.workload ?? null;
      return { objects: workload === null ? [] : [workload], version: workload?.metadata.resourceVersion ?? null };
    },
    longestMs: follow.timeoutMs + FINAL_LOOK_MS,
    signal,
  });
}

function watchPods(place: Place, { follow, deadline, signal }: Run): AsyncGenerator<Seen<Pod>> {
  return watchObjects<Pod>(place, {
    request: { verb: 'watch', resource: 'pods' },
    path: podsPath(place),
    query: { labelSelector: selectorText(follow.workload.spec.selector) },
    version: follow.podsVersion,
    readAll: async () => {
      const list = await listPods(place, follow.workload, { signal, patientUntilMs: deadline });
      return { objects: list.items, version: list.metadata.resourceVersion ?? null };
    },
    longestMs: follow.timeoutMs + FINAL_LOOK_MS,
    signal,
  });
}

function replace(pods: Map<string, Pod>, all: readonly Pod[]): void {
  pods.clear();
  for (const pod of all) pods.set(pod.metadata.name, pod);
}

/** Rung at every change. What rings after the reset is heard, whether somebody waits already or not. */
function createBell() {
  let ringing = Promise.withResolvers<void>();
  return {
    ring: () => ringing.resolve(),
    rung: async () => ringing.promise,
    reset: () => {
      ringing = Promise.withResolvers<void>();
    },
  };
}

/** Rejects with the signal's reason, and where a watch cannot go on. */
async function sleepUntilRung(
  { tools }: Place,
  until: { ms: number; rung: Promise<void>; watches: Promise<never>; signal: AbortSignal },
): Promise<void> {
  const awake = new AbortController();
  const nap = tools.clock.sleep(until.ms, AbortSignal.any([until.signal, awake.signal]));
  try {
    await Promise.race([until.rung, until.watches, nap]);
  } finally {
    awake.abort();
    nap.catch(() => undefined);
  }
  until.signal.throwIfAborted();
}
