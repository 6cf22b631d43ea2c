import type { RolloutView } from '../../../src/adapters/target-kubernetes/rollout-view.ts';
import { NO_MEMORY, remember } from '../../../src/adapters/target-kubernetes/memory.ts';
import type { ContainerStatus, Pod, PodSpec, Workload } from '../../../src/adapters/target-kubernetes/objects.ts';
import { targetPlan } from '../../fakes/target-plan.ts';

export const DIGEST = `sha256:${'4'.repeat(64)}` as const;
export const IMAGE = 'registry.test/xgen/main/xgen-core:latest-amd64';
export const IMAGE_ID = `registry.test/xgen/main/xgen-core@${DIGEST}`;
export const ROLLOUT = 'io.xgen-build/rollout';

/** A Deployment that is done with its second generation, with what a test changes. */
export function workload(changes: { spec?: object; status?: object; metadata?: object } = {}): Workload {
  return {
    metadata: { name: 'xgen-core', resourceVersion: '7', generation: 2, ...changes.metadata },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'xgen-core' } },
      template: {
        metadata: { annotations: { [ROLLOUT]: 'r1' } },
        spec: { containers: [{ name: 'xgen-core', image: IMAGE, imagePullPolicy: 'Always' }] },
      },
      ...changes.spec,
    },
    status: { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2, ...changes.status },
  };
}

/** A Deployment whose new pods are on their way. */
export const underWay = (changes: Parameters<typeof workload>[0] = {}): Workload =>
  workload({ ...changes, status: { replicas: 3, updatedReplicas: 1, availableReplicas: 2, ...changes.status } });

const PROBED = { httpGet: { path: '/health', port: 8000 } };

export interface PodChanges {
  readonly name?: string;
  readonly ready?: boolean;
  readonly status?: Partial<ContainerStatus>;
  readonly spec?: Partial<PodSpec>;
  readonly pod?: object;
  readonly metadata?: object;
}

/** A pod of rollout r1 that is ready, with what a test changes. */
export function pod({ name = 'xgen-core-1', ready = true, status, spec, pod: more, metadata }: PodChanges = {}): Pod {
  return {
    metadata: { name, annotations: { [ROLLOUT]: 'r1' }, labels: { app: 'xgen-core' }, ...metadata },
    spec: { containers: [{ name: 'xgen-core', image: IMAGE, readinessProbe: PROBED }], ...spec },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [
        { name: 'xgen-core', ready, restartCount: 0, imageID: IMAGE_ID, state: { running: {} }, ...status },
      ],
      ...more,
    },
  };
}

/** A pod whose container waits, in the words of kubelet. */
export function waiting(reason: string, message?: string, changes: PodChanges = {}): Pod {
  const state = { waiting: { reason, ...(message === undefined ? {} : { message }) } };
  return pod({ ready: false, ...changes, status: { imageID: '', state, ...changes.status } });
}

/** A pod whose container ended, as a node shows it after so many restarts. */
export function ended(restartCount: number, terminated: object, changes: PodChanges = {}): Pod {
  const state = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s restarting failed container' } };
  return pod({ ready: false, ...changes, status: { restartCount, state, lastState: { terminated } } });
}

/** One look; with `seenForMs`, the last of two looks at the same. */
export function view(pods: readonly Pod[], changes: Partial<RolloutView> & { seenForMs?: number } = {}): RolloutView {
  const { seenForMs = 0, ...others } = changes;
  const of = others.workload === undefined ? underWay() : others.workload;
  const first = remember(NO_MEMORY, { workload: of, pods, nowMs: 0 });
  return {
    target: targetPlan({ kind: 'kubernetes' }),
    workload: of,
    pods,
    images: new Map([[IMAGE_ID, { kind: 'same' }]]),
    events: new Map(),
    memory: remember(first, { workload: of, pods, nowMs: seenForMs }),
    nowMs: seenForMs,
    ...others,
  };
}
