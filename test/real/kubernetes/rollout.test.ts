import { describe, expect, it } from 'vitest';
import { openScene, SERVICE } from './scene.ts';
import { askPod } from '../../lab/cluster/see-pods.ts';

describe.concurrent('a rollout', () => {
  it('restarts a deployment on its moving tag, and ends when every pod runs what was pushed', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev'], { replicas: 2 });
    await scene.commit({ 'www/health': 'one\n' });
    const result = await scene.build(['--env', 'dev']);
    expect(result.rollouts).toMatchObject([{ env: 'dev', status: 'succeeded', replicas: 2, digest: result.digest }]);
    await scene.expectRuns('dev', { digest: result.digest, replicas: 2 });
    for (const pod of await scene.pods('dev')) expect(await askPod(pod)).toBe('one');
    const { metadata, spec } = await scene.deployment('dev');
    expect(spec.template.spec.containers).toMatchObject([{ name: SERVICE, image: scene.movingImage }]);
    expect(metadata.annotations?.['kubernetes.io/change-cause']).toContain('b1');
    const ours = spec.template.metadata.annotations ?? {};
    expect(ours['kubectl.kubernetes.io/restartedAt']).toMatch(/^\d{4}-/);
    expect(ours['io.xgen-build/number']).toBe('1');
    expect(ours['io.xgen-build/commit']).toBe(result.commit);
    expect(ours['io.xgen-build/digest']).toBe(result.digest);
  });

  it('does not restart what runs already and was proven', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev']);
    await scene.build(['--env', 'dev']);
    const before = await scene.pods('dev');
    const again = await scene.build(['--env', 'dev']);
    expect(again).toMatchObject({ status: 'succeeded', built: false, rollouts: [{ status: 'succeeded' }] });
    expect(await scene.pods('dev')).toEqual(before);
  });

  it('pins the image by digest where the strategy says so', async (test) => {
    const environments = { environments: { dev: { rollout: { strategy: 'pin' } } } };
    const scene = await openScene({ onTestFinished: test.onTestFinished, changes: { environments } });
    await scene.seed(['dev']);
    const result = await scene.build(['--env', 'dev']);
    await scene.expectRuns('dev', { digest: result.digest });
    const { spec } = await scene.deployment('dev');
    const image = scene.movingImage.replace(/:latest-[a-z0-9]+$/, `@${result.digest ?? ''}`);
    expect(spec.template.spec.containers).toMatchObject([{ name: SERVICE, image }]);
  });

  it('sets a deployment back that is pinned to something else, and says so', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev']);
    const [pod] = await scene.pods('dev');
    const pinned = scene.movingImage.replace(/:latest-[a-z0-9]+$/, `@${pod?.digest ?? ''}`);
    await scene.kubectl('dev', ['set', 'image', `deployment/${SERVICE}`, `${SERVICE}=${pinned}`]);
    await scene.kubectl('dev', ['rollout', 'status', `deployment/${SERVICE}`, '--timeout=90s']);
    const run = await scene.infra.run([SERVICE, '--env', 'dev']);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout + run.stderr).toContain(pinned);
    const { spec } = await scene.deployment('dev');
    expect(spec.template.spec.containers).toMatchObject([{ image: scene.movingImage }]);
  });

  it('touches neither sidecars nor init containers', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    const { baseImage } = scene.lab;
    await scene.seed(['dev'], {
      sidecars: [{ name: 'proxy', image: baseImage, command: ['sleep', '100000'] }],
      pod: { initContainers: [{ name: 'migrate', image: baseImage, command: ['true'] }] },
    });
    const before = await scene.deployment('dev');
    const result = await scene.build(['--env', 'dev']);
    await scene.expectRuns('dev', { digest: result.digest });
    expect((await scene.deployment('dev')).spec.template.spec).toEqual(before.spec.template.spec);
  });

  it('updates 30 replicas, and proves each', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    // On one node of two cores a pod takes longer to start than on a real one.
    await scene.seed(['dev'], { replicas: 30, container: { readinessProbe: undefined } });
    const result = await scene.build(['--env', 'dev']);
    expect(result.rollouts).toMatchObject([{ status: 'succeeded', replicas: 30 }]);
    await scene.expectRuns('dev', { digest: result.digest, replicas: 30 });
  });

  it.for([
    { kind: 'StatefulSet', workload: 'statefulset', replicas: 2 },
    { kind: 'DaemonSet', workload: 'daemonset', replicas: 1 },
  ] as const)('rolls a $kind out', async ({ kind, workload, replicas }, test) => {
    const services = { services: { [SERVICE]: { workload } } };
    const scene = await openScene({ onTestFinished: test.onTestFinished, changes: { services } });
    await scene.seed(['dev'], { kind, replicas });
    const result = await scene.build(['--env', 'dev']);
    expect(result.rollouts).toMatchObject([{ status: 'succeeded', replicas }]);
    await scene.expectRuns('dev', { digest: result.digest, replicas });
  });
});
