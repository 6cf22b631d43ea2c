import { describe, expect, it } from 'vitest';
import { patchBody } from '../../../src/adapters/target-kubernetes/patch.ts';
import { lastWriter } from '../../../src/adapters/target-kubernetes/interference.ts';
import { trackerOf } from '../../../src/adapters/target-kubernetes/read-state.ts';
import { problemOf } from '../../../src/adapters/target-kubernetes/require-appliable.ts';
import { restored } from '../../../src/adapters/target-kubernetes/snapshot.ts';
import { selectorText } from '../../../src/adapters/target-kubernetes/workload.ts';
import { targetPlan } from '../../fakes/target-plan.ts';
import { IMAGE, workload } from './samples.ts';

const plan = targetPlan({ kind: 'kubernetes' });
const policy = (imagePullPolicy: string | undefined) => ({
  template: { spec: { containers: [{ name: 'xgen-core', image: IMAGE, imagePullPolicy }] } },
});

describe('before anything is touched', () => {
  it.each([
    ['IfNotPresent', 'restart', 'ROLLOUT_PULL_POLICY'],
    [undefined, 'restart', 'ROLLOUT_PULL_POLICY'],
    ['Never', 'pin', 'ROLLOUT_PULL_POLICY'],
    ['Always', 'restart', undefined],
    ['IfNotPresent', 'pin', undefined],
  ] as const)('the pull policy %s is judged for strategy %s', (imagePullPolicy, strategy, code) => {
    const of = workload({ spec: policy(imagePullPolicy) });
    expect(problemOf({ ...plan, strategy }, of, 'kubectl')?.code).toBe(code);
  });

  it.each([
    [
      'no such container',
      workload({ spec: { template: { spec: { containers: [{ name: 'app' }] } } } }),
      'ROLLOUT_FAILED',
      /has no container xgen-core; it has app$/,
    ],
    ['a pause', workload({ spec: { paused: true } }), 'ROLLOUT_PAUSED', /is paused/],
    ['no replicas', workload({ spec: { replicas: 0 } }), 'ROLLOUT_SCALED_TO_ZERO', /scaled to 0/],
    [
      'pods that nobody replaces',
      workload({ spec: { updateStrategy: { type: 'OnDelete' } } }),
      'ROLLOUT_FAILED',
      /OnDelete/,
    ],
    [
      'pods that keep the old image',
      workload({ spec: { updateStrategy: { rollingUpdate: { partition: 1 } } } }),
      'ROLLOUT_FAILED',
      /partition of 1/,
    ],
  ])('%s is named with what mends it', (...[, of, code, message]) => {
    const problem = problemOf(plan, of, 'kubectl -n xgen');
    expect(problem).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(problem?.hint).not.toBe('');
  });
});

it('changes the named container alone, and only its image', () => {
  expect(patchBody('xgen-core', { image: IMAGE, template: { a: 'b' }, annotations: { c: null } }, '7')).toStrictEqual({
    metadata: { resourceVersion: '7', annotations: { c: null } },
    spec: {
      template: {
        metadata: { annotations: { a: 'b' } },
        spec: { containers: [{ name: 'xgen-core', image: IMAGE }] },
      },
    },
  });
});

it('takes away what a rollout added and brings back what it changed, and nothing of others', () => {
  const now = { 'io.xgen-build/rollout': 'r2', 'io.xgen-build/number': '42', restartedAt: 'now', other: 'stays' };
  expect(restored({ 'io.xgen-build/rollout': 'r1' }, now, 'restartedAt')).toStrictEqual({
    'io.xgen-build/number': null,
    restartedAt: null,
    'io.xgen-build/rollout': 'r1',
  });
});

it.each([
  [{ matchLabels: { app: 'core', tier: 'api' } }, 'app=core,tier=api'],
  [
    {
      matchExpressions: [
        { key: 'a', operator: 'In', values: ['1', '2'] },
        { key: 'b', operator: 'NotIn', values: ['3'] },
        { key: 'c', operator: 'Exists' },
        { key: 'd', operator: 'DoesNotExist' },
      ],
    },
    'a in (1,2),b notin (3),c,!d',
  ],
])('asks for the pods of %j', (selector, text) => {
  expect(selectorText(selector)).toBe(text);
});

it.each([
  [
    [
      { manager: 'kubectl-edit', time: '2026-03-09T05:00:00Z' },
      { manager: 'argocd', time: '2026-03-09T06:00:00Z' },
    ],
    'argocd at 2026-03-09T06:00:00Z',
  ],
  [
    [
      { manager: 'kube-controller-manager', time: '2026-03-09T07:00:00Z', subresource: 'status' },
      { manager: 'xgen-build', time: '2026-03-09T08:00:00Z' },
    ],
    'somebody else',
  ],
])('names who wrote last out of %j', (managedFields, who) => {
  expect(lastWriter(workload({ metadata: { managedFields } }))).toBe(who);
});

describe('Argo CD', () => {
  const applied = JSON.stringify({ spec: policy('Always') });
  const last = 'kubectl.kubernetes.io/last-applied-configuration';

  it.each([
    [
      { annotations: { 'argocd.argoproj.io/tracking-id': 'core-prd:apps/Deployment:xgen/core' } },
      null,
      'Argo CD application core-prd',
      null,
    ],
    [
      { labels: { 'argocd.argoproj.io/instance': 'core' }, annotations: { [last]: applied } },
      null,
      'Argo CD application core',
      IMAGE,
    ],
    [
      { labels: { 'app.kubernetes.io/instance': 'xgen-core-dev' } },
      'xgen-core-dev',
      'Argo CD application xgen-core-dev',
      null,
    ],
  ])('is noticed by %j', (...[metadata, argocdApp, name, image]) => {
    const target = { ...plan, kubernetes: { ...plan.kubernetes, argocdApp } };
    expect(trackerOf({ target }, workload({ metadata }))).toStrictEqual({ name, image });
  });

  it('is not taken for Helm, which has the common label too', () => {
    expect(
      trackerOf({ target: plan }, workload({ metadata: { labels: { 'app.kubernetes.io/instance': 'release' } } })),
    ).toBeNull();
  });
});
