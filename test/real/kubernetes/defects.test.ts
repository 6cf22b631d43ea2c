import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openScene, SERVICE } from './scene.ts';
import { askPod } from '../../lab/cluster/see-pods.ts';

/** What was wrong with the pipeline that this program replaces, each as a test of the whole command on real pods. */
describe.concurrent('the old defects', () => {
  it('4: a build after a rollback ends only when the pods run what was pushed', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev']);
    await scene.build(['--env', 'dev']);
    await scene.commit({ 'www/health': 'two\n' });
    await scene.build(['--env', 'dev']);
    expect((await scene.infra.run(['rollback', SERVICE, '--env', 'dev'])).exitCode).toBe(0);
    await scene.commit({ 'www/health': 'three\n' });
    const third = await scene.build(['--env', 'dev']);
    await scene.expectRuns('dev', { digest: third.digest });
    const [pod] = await scene.pods('dev');
    expect(pod === undefined ? null : await askPod(pod)).toBe('three');
  });

  it('5: two environments that are one cluster are rolled out once', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished, clusters: 'one' });
    await scene.seed(['dev']);
    const result = await scene.build(['--env', 'both'], { exitCode: 3 });
    expect(result.rollouts.map(({ status }) => status)).toEqual(['succeeded', 'same-cluster']);
    const { annotations } = (await scene.deployment('dev')).metadata;
    expect(annotations?.['deployment.kubernetes.io/revision']).toBe('2');
  });

  it('10: what a failed rollout means is what the configuration says, in dev as in prd', async (test) => {
    const environments = {
      environments: { dev: { rollout: { onFailure: 'fail' } }, prd: { rollout: { onFailure: 'warn' } } },
    };
    const scene = await openScene({ onTestFinished: test.onTestFinished, changes: { environments } });
    await scene.seed(['dev', 'prd']);
    for (const env of ['dev', 'prd']) await scene.kubectl(env, ['delete', 'secret', 'nexus-pull']);
    const dev = await scene.build(['--env', 'dev'], { exitCode: 1 });
    expect(dev.status).toBe('failed');
    const prd = await scene.build(['--env', 'prd'], { exitCode: 3 });
    expect(prd.status).toBe('unstable');
  });

  it('13: the report warns where prd follows the moving tag that was built for dev', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev']);
    const result = await scene.build(['--env', 'dev']);
    expect(result.warnings.join('\n')).toMatch(/prd follows latest-amd64/);
    const pinned = { environments: { prd: { rollout: { strategy: 'pin' } } } };
    const cured = await openScene({ onTestFinished: test.onTestFinished, changes: { environments: pinned } });
    await cured.seed(['dev']);
    expect((await cured.build(['--env', 'dev'])).warnings.join('\n')).not.toMatch(/follows/);
  });

  it('14: a kubeconfig that is configured and missing is an error', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev']);
    rmSync(scene.kubeconfigFile('prd'));
    const run = await scene.infra.run([SERVICE, '--env', 'both', '--output', 'json']);
    expect(run.exitCode).toBe(2);
    expect(run.json()).toMatchObject({ built: false, error: { code: 'KUBECONFIG_INVALID' } });
    expect(run.stdout).toContain(scene.kubeconfigFile('prd'));
  });

  it('15: with another tag the deployment is set to the image that was built', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev']);
    await scene.commit({ 'www/health': 'hotfix\n' });
    const result = await scene.build(['--env', 'dev', '--tag', 'hotfix']);
    await scene.expectRuns('dev', { digest: result.digest });
    const [pod] = await scene.pods('dev');
    expect(pod === undefined ? null : await askPod(pod)).toBe('hotfix');
  });

  it('16: the rollback line names what ran before', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev']);
    await scene.build(['--env', 'dev']);
    await scene.commit({ 'www/health': 'two\n' });
    const second = await scene.build(['--env', 'dev']);
    const [rollout] = second.rollouts;
    expect(rollout?.rollbackCommand).toContain('--to b1');
    expect(rollout?.nativeRollbackCommand).toContain(rollout?.previous?.digest);
    expect(rollout?.previous?.digest).not.toBe(second.digest);
  });

  it('17: whose code runs changes only where that was said', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev']);
    const [before] = await scene.pods('dev');
    const refused = await scene.infra.run([SERVICE, '--site', 'lotteimall', '--env', 'dev', '--output', 'json']);
    expect(refused.exitCode, refused.stderr).toBe(2);
    expect(refused.json()).toMatchObject({ built: false, error: { code: 'SITE_MISMATCH' } });
    await scene.expectRuns('dev', { digest: before?.digest ?? null });
    const result = await scene.build(['--site', 'lotteimall', '--env', 'dev', '--switch-site']);
    await scene.expectRuns('dev', { digest: result.digest });
  });
});
