import { describe, expect, it } from 'vitest';
import { judge } from '../../../src/adapters/target-kubernetes/judge.ts';
import { notInTime } from '../../../src/adapters/target-kubernetes/judge-timeout.ts';
import type { Pod } from '../../../src/adapters/target-kubernetes/objects.ts';
import type { RolloutView } from '../../../src/adapters/target-kubernetes/rollout-view.ts';
import { ended, IMAGE_ID, pod, underWay, view, waiting, workload } from './samples.ts';

const two = [pod(), pod({ name: 'xgen-core-2' })];
const unprobed = { spec: { containers: [{ name: 'xgen-core' }] } };

describe('a rollout is proven', () => {
  it('when it is complete and every pod runs what was pushed', () => {
    expect(judge(view(two, { workload: workload() }))).toStrictEqual({ kind: 'proven', replicas: 2 });
  });

  it.each<[string, Partial<RolloutView> & { seenForMs?: number }, readonly Pod[]]>([
    ['the controller has not seen the change', { workload: workload({ status: { observedGeneration: 1 } }) }, two],
    ['not all are updated', { workload: workload({ status: { updatedReplicas: 1 } }) }, two],
    ['old ones are still there', { workload: workload({ status: { replicas: 3 } }) }, two],
    ['not all are available', { workload: workload({ status: { availableReplicas: 1 } }) }, two],
    ['a pod is not listed yet', { workload: workload() }, [pod()]],
    ['a pod is not ready', { workload: workload() }, [pod(), pod({ name: 'b', ready: false })]],
    ['an image is not known yet', { workload: workload(), images: new Map() }, two],
    [
      'a container without a probe has just begun',
      { workload: workload(), seenForMs: 1_000 },
      [pod(unprobed), pod({ name: 'b' })],
    ],
    [
      'a container without a probe has restarted',
      { workload: workload(), seenForMs: 5_000 },
      [pod({ ...unprobed, status: { restartCount: 1 } }), pod({ name: 'b' })],
    ],
  ])('not while %s', (_, changes, pods) => {
    expect(judge(view(pods, changes)).kind).toBe('progressing');
  });

  it('without a readiness probe after it stayed up for a while', () => {
    const pods = [pod(unprobed), pod({ name: 'b', ...unprobed })];
    expect(judge(view(pods, { workload: workload() }))).toMatchObject({ lookAgainMs: 2_001 });
    expect(judge(view(pods, { workload: workload(), seenForMs: 2_000 }))).toMatchObject({ kind: 'proven' });
  });

  it('for a DaemonSet and a StatefulSet by their own words', () => {
    const { target } = view([]);
    const daemons = workload({
      status: { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2, currentNumberScheduled: 2 },
    });
    expect(judge(view(two, { workload: daemons, target: { ...target, workload: 'daemonset' } })).kind).toBe('proven');
    const set = (status: object) =>
      judge(view(two, { workload: workload({ status }), target: { ...target, workload: 'statefulset' } })).kind;
    expect(set({ currentRevision: 'b', updateRevision: 'b' })).toBe('proven');
    expect(set({ currentRevision: 'a', updateRevision: 'b', updatedReplicas: 1 })).toBe('progressing');
  });
});

// Words of kubelet 1.34 with containerd 1.6, and of the API server.
const NOT_FOUND =
  'rpc error: code = NotFound desc = failed to pull and unpack image "r:1": failed to resolve reference "r:1": r:1: not found';
const NOT_STARTABLE =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory: unknown';
const crash = { exitCode: 3, reason: 'Error' };
const init = { initContainers: [{ name: 'migrate' }], containers: [{ name: 'xgen-core' }] };
const initStatus = (exitCode: number) => ({
  initContainerStatuses: [
    {
      name: 'migrate',
      restartCount: 2,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode } },
    },
  ],
});
const failing = (message: string) =>
  underWay({ status: { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }] } });
const QUOTA = 'pods "a" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=2, limited: pods=2';
const unschedulable = pod({
  ready: false,
  pod: {
    phase: 'Pending',
    containerStatuses: [],
    conditions: [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message: '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: none',
      },
    ],
  },
});
const event = (reason: string, message: string) =>
  new Map([['xgen-core-1', [{ metadata: { name: 'e' }, reason, message }]]]);
const liveness = { livenessProbe: { httpGet: { path: '/live', port: 8000 } } };

describe('a rollout has failed for certain', () => {
  it.each<[string, readonly Pod[], Partial<RolloutView> & { seenForMs?: number }, string, RegExp]>([
    [
      'an image that is not there',
      [waiting('ErrImagePull', NOT_FOUND)],
      {},
      'ROLLOUT_PULL_FAILED',
      /is not in the registry$/,
    ],
    [
      'an image that is not there, in the pause',
      [waiting('ImagePullBackOff', `Back-off pulling image "r:1": ErrImagePull: ${NOT_FOUND}`)],
      {},
      'ROLLOUT_PULL_FAILED',
      /is not in the registry$/,
    ],
    [
      'a second restart in vain',
      [ended(2, crash)],
      {},
      'ROLLOUT_EXITED',
      /^container xgen-core exited with 3 in 3 starts$/,
    ],
    [
      'an init container',
      [waiting('PodInitializing', undefined, { spec: init, pod: initStatus(7) })],
      {},
      'ROLLOUT_EXITED',
      /^container migrate exited with 7/,
    ],
    [
      'too little memory',
      [ended(2, { exitCode: 137, reason: 'OOMKilled' })],
      {},
      'ROLLOUT_OUT_OF_MEMORY',
      /\(OOMKilled\) in 3 starts; it has no limit of its own$/,
    ],
    [
      'a liveness probe',
      [ended(2, { exitCode: 137, reason: 'Error' }, { spec: { containers: [{ name: 'xgen-core', ...liveness }] } })],
      {},
      'ROLLOUT_UNHEALTHY',
      /liveness probe GET \/live on 8000 fails$/,
    ],
    [
      'a program that is not there',
      [waiting('RunContainerError', NOT_STARTABLE)],
      {},
      'ROLLOUT_EXITED',
      /cannot be started: exec: "\/nope": stat \/nope: no such file or directory/,
    ],
    [
      'another architecture',
      [ended(0, { exitCode: 1, message: 'exec /bin/sh: exec format error' })],
      {},
      'ROLLOUT_WRONG_ARCH',
      /another architecture/,
    ],
    [
      'a ConfigMap',
      [waiting('CreateContainerConfigError', 'configmap "settings" not found')],
      {},
      'ROLLOUT_CONFIG_MISSING',
      /configmap "settings" not found/,
    ],
    [
      'a Secret of a volume',
      [waiting('ContainerCreating')],
      { events: event('FailedMount', 'MountVolume.SetUp failed for volume "v" : secret "keys" not found') },
      'ROLLOUT_CONFIG_MISSING',
      /^secret "keys" not found, which a volume/,
    ],
    [
      'no room',
      [unschedulable],
      { seenForMs: 20_000 },
      'ROLLOUT_UNSCHEDULABLE',
      /^no node takes the new pod: 0\/1 nodes are available: 1 Insufficient cpu$/,
    ],
    [
      'a quota',
      [],
      { workload: failing(QUOTA), seenForMs: 5_000 },
      'ROLLOUT_QUOTA',
      /does not allow the new pods: pods, requested: pods=1/,
    ],
    [
      'admission',
      [],
      { workload: failing('admission webhook "rule" denied the request: no') },
      'ROLLOUT_REFUSED',
      /denied the request/,
    ],
    [
      'an account',
      [],
      {
        workload: failing(
          'pods "a" is forbidden: error looking up service account xgen/sa: serviceaccount "sa" not found',
        ),
      },
      'ROLLOUT_REFUSED',
      /"sa" not found/,
    ],
    ['a pause', [], { workload: underWay({ spec: { paused: true } }) }, 'ROLLOUT_PAUSED', /was paused/],
    ['a deletion', [], { workload: null }, 'ROLLOUT_INTERFERED', /was deleted/],
    [
      'another image',
      two,
      { images: new Map([[IMAGE_ID, { kind: 'other', why: null }]]) },
      'ROLLOUT_WRONG_DIGEST',
      /not what was pushed$/,
    ],
    [
      'the progress deadline',
      [pod({ ready: false })],
      {
        workload: underWay({
          status: { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] },
        }),
      },
      'ROLLOUT_UNHEALTHY',
      /^the progress deadline of the workload passed: container xgen-core runs and is not ready: readiness probe GET \/health on 8000 fails$/,
    ],
  ])('by %s', (...[, pods, changes, code, message]) => {
    const verdict = judge(view(pods, changes));
    expect(verdict).toMatchObject({
      kind: 'failed',
      failure: { code, message: expect.stringMatching(message) as string },
    });
    expect(verdict.kind === 'failed' ? verdict.failure.hint : '').not.toBe('');
  });

  it.each<[string, readonly Pod[], Partial<RolloutView> & { seenForMs?: number }]>([
    ['restarts that a healthy start may have', [ended(1, crash)], {}],
    [
      'a third start that may go well',
      [pod({ ready: false, status: { restartCount: 2, lastState: { terminated: crash } } })],
      {},
    ],
    ['an init container that is done', [waiting('PodInitializing', undefined, { spec: init, pod: initStatus(0) })], {}],
    [
      'a registry that does not answer',
      [waiting('ErrImagePull', 'dial tcp 10.0.0.1:443: connect: connection refused')],
      {},
    ],
    ['room that may come free', [unschedulable], { seenForMs: 19_000 }],
    ['a node that is being added', [unschedulable], { seenForMs: 60_000, events: event('TriggeredScaleUp', 'up') }],
    ['a quota that old pods may free', [], { workload: failing(QUOTA), seenForMs: 1_000 }],
  ])('but not by %s', (_, pods, changes) => {
    expect(judge(view(pods, changes)).kind).toBe('progressing');
  });

  it('by a registry that does not answer the third time', () => {
    const pods = [waiting('ErrImagePull', 'dial tcp 10.0.0.1:443: i/o timeout')];
    const tried = (count: number) =>
      judge({
        ...view(pods),
        memory: { since: new Map(), pulls: new Map([['xgen-core-1/xgen-core', { count, isFailing: true }]]) },
      });
    expect(tried(2).kind).toBe('progressing');
    expect(tried(3)).toMatchObject({
      failure: { code: 'ROLLOUT_PULL_FAILED', message: expect.stringMatching(/cannot get/) as string },
    });
  });

  it('asks for the events of a pod that cannot be made, once', () => {
    const pods = [waiting('ContainerCreating')];
    expect(judge(view(pods))).toMatchObject({ wonders: null, lookAgainMs: 3_001 });
    expect(judge(view(pods, { seenForMs: 3_000 }))).toMatchObject({ wonders: 'xgen-core-1' });
    expect(judge(view(pods, { seenForMs: 3_000, events: new Map([['xgen-core-1', []]]) }))).toMatchObject({
      wonders: null,
    });
  });
});

describe('when time is up', () => {
  it.each<[string, readonly Pod[], string, RegExp]>([
    ['no pod is there', [], 'ROLLOUT_TIMEOUT', /^late: 0 of 2 pods ready, 2 old still there$/],
    [
      'one is not ready',
      [pod({ ready: false })],
      'ROLLOUT_UNHEALTHY',
      /^late: container xgen-core runs and is not ready: readiness probe GET \/health on 8000 fails$/,
    ],
    [
      'one waits for a volume that nobody may see',
      [
        waiting('ContainerCreating', undefined, {
          spec: { containers: [], volumes: [{ secret: { secretName: 'keys' } }] },
        }),
      ],
      'ROLLOUT_TIMEOUT',
      /^late: container xgen-core waits \(ContainerCreating\); its volumes need Secret keys$/,
    ],
  ])('and %s, it is said', (...[, pods, code, message]) => {
    expect(notInTime(view(pods), 'late')).toMatchObject({ code, message: expect.stringMatching(message) as string });
  });
});
