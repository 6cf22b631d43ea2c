import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { expectFailure, openFailingScene, wordsOf } from './failing.ts';
import { SERVICE, type Scene } from './scene.ts';

describe.concurrent('a cluster that does not take the new pods', () => {
  it('is named with what no node has enough of', async ({ onTestFinished }) => {
    const scene = await openFailingScene({ onTestFinished });
    const allocatable = await scene.kubectl('dev', [
      'get',
      'nodes',
      '--output',
      'jsonpath={.items[0].status.allocatable.ephemeral-storage}',
    ]);
    // One such pod fits on the node, and the second that a rollout needs beside it does not.
    const half = String(Math.ceil(Number(allocatable) * 0.6));
    await scene.seed(['dev'], { container: { resources: { requests: { 'ephemeral-storage': half } } } });
    const error = await expectFailure(scene, 'ROLLOUT_UNSCHEDULABLE');
    expect(wordsOf(error)).toContain('ephemeral-storage');
  });

  it('is named with the quota that is used up', async ({ onTestFinished }) => {
    const scene = await openFailingScene({ onTestFinished });
    await scene.seed(['dev']);
    await scene.kubectl('dev', ['create', 'quota', 'few-pods', '--hard=pods=1']);
    const counted = () =>
      scene.kubectl('dev', ['get', 'quota', 'few-pods', '--output', 'jsonpath={.status.used.pods}']);
    while ((await counted()) !== '1') await sleep(100);
    const error = await expectFailure(scene, 'ROLLOUT_QUOTA');
    expect(wordsOf(error)).toContain('few-pods');
  });

  it('is named with the words of the admission that refuses its pods', async ({ onTestFinished }) => {
    const scene = await openFailingScene({ onTestFinished });
    await scene.seed(['dev']);
    await refuse(scene, { group: '', resource: 'pods', operation: 'CREATE', onTestFinished });
    const error = await expectFailure(scene, 'ROLLOUT_REFUSED');
    expect(wordsOf(error)).toContain('nothing new on a Friday');
  });

  it.for([
    { kind: 'configmap', create: ['configmap', 'settings'], reference: { configMapRef: { name: 'settings' } } },
    { kind: 'secret', create: ['secret', 'generic', 'settings'], reference: { secretRef: { name: 'settings' } } },
  ])('is named with the $kind that is missing', async ({ kind, create, reference }, { onTestFinished }) => {
    const scene = await openFailingScene({ onTestFinished });
    await scene.kubectl('dev', ['create', ...create, '--from-literal=A=1']);
    await scene.seed(['dev'], { container: { envFrom: [reference] } });
    await scene.kubectl('dev', ['delete', kind, 'settings']);
    const error = await expectFailure(scene, 'ROLLOUT_CONFIG_MISSING');
    expect(wordsOf(error)).toContain(`${kind} "settings" not found`);
  });
});

describe.concurrent('a deployment that would not roll out', () => {
  it.for([
    { state: 'paused', command: ['rollout', 'pause', `deployment/${SERVICE}`], code: 'ROLLOUT_PAUSED' },
    {
      state: 'scaled to zero',
      command: ['scale', `deployment/${SERVICE}`, '--replicas=0'],
      code: 'ROLLOUT_SCALED_TO_ZERO',
    },
  ])('is refused before the build when it is $state', async ({ command, code }, { onTestFinished }) => {
    const scene = await openFailingScene({ onTestFinished });
    await scene.seed(['dev']);
    await scene.kubectl('dev', command);
    const run = await scene.infra.run([SERVICE, '--env', 'dev', '--output', 'json']);
    expect(run.exitCode).not.toBe(0);
    expect(run.json()).toMatchObject({ built: false, error: { code, stage: 'check' } });
  });
});

describe('a rule of the cluster against the change itself', () => {
  it('is named before the build, with its own words', async ({ onTestFinished }) => {
    const scene = await openFailingScene({ onTestFinished });
    await scene.seed(['dev']);
    await refuse(scene, { group: 'apps', resource: 'deployments', operation: 'UPDATE', onTestFinished });
    const result = await scene.build(['--env', 'dev'], { exitCode: 1 });
    expect(result).toMatchObject({ built: false, error: { code: 'ROLLOUT_REFUSED', stage: 'check' } });
    expect(result.error?.message).toContain('nothing new on a Friday');
  });
});

/** A rule of the cluster for the scene's namespace alone; resolves once it is in force. */
async function refuse(
  scene: Scene,
  rule: {
    group: string;
    resource: string;
    operation: string;
    onTestFinished: (clean: () => Promise<void>) => void;
  },
): Promise<void> {
  const { namespace } = scene;
  const message = 'nothing new on a Friday';
  const resourceRules = [
    { apiGroups: [rule.group], apiVersions: ['v1'], operations: [rule.operation], resources: [rule.resource] },
  ];
  const kind = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: namespace } };
  const inNamespace = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  const manifests = [
    {
      ...kind,
      kind: 'ValidatingAdmissionPolicy',
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules },
        validations: [{ expression: 'false', message }],
      },
    },
    {
      ...kind,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: {
        policyName: namespace,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: inNamespace },
      },
    },
  ];
  rule.onTestFinished(async () => {
    const names = [`validatingadmissionpolicybinding/${namespace}`, `validatingadmissionpolicy/${namespace}`];
    await scene.kubectl('dev', ['delete', ...names]);
  });
  await scene.kubectl('dev', ['apply', '--filename', '-'], manifests.map((one) => JSON.stringify(one)).join('\n---\n'));
  const attempt =
    rule.resource === 'pods'
      ? ['run', 'attempt', '--image=none', '--dry-run=server']
      : ['annotate', `deployment/${SERVICE}`, 'attempt=1', '--overwrite', '--dry-run=server'];
  while (await succeeds(scene.kubectl('dev', attempt))) await sleep(100);
}

async function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}
