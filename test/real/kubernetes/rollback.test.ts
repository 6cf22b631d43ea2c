import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { BuildResult } from '../../../src/ports/result.ts';
import { pathOf } from '../../lab/cluster/programs.ts';
import type { WorkloadChanges } from '../../lab/cluster/workload-manifest.ts';
import { tagsOf } from '../main-job/scene.ts';
import { openScene, SERVICE, type Scene } from './scene.ts';
import { askPod } from '../../lab/cluster/see-pods.ts';

/** Two builds that ran well in dev, one after the other. */
async function openWithTwo(
  options: Parameters<typeof openScene>[0],
  workload: WorkloadChanges = {},
): Promise<{ scene: Scene; first: BuildResult; second: BuildResult }> {
  const scene = await openScene(options);
  await scene.seed(['dev'], workload);
  const first = await scene.build(['--env', 'dev']);
  await scene.commit({ 'www/health': 'two\n' });
  const second = await scene.build(['--env', 'dev']);
  return { scene, first, second };
}

const elsewhere = (scene: Scene) => ({
  environment: { XGEN_STATE_DIR: `${scene.infra.stateDirectory}-of-another-machine` },
});

describe.concurrent('what ran before', () => {
  it('comes back from any machine, and the next build goes on from there', async (test) => {
    const { scene, first } = await openWithTwo({ onTestFinished: test.onTestFinished });
    const back = await scene.infra.run(['rollback', SERVICE, '--env', 'dev'], elsewhere(scene));
    expect(back.exitCode, back.stderr).toBe(0);
    await scene.expectRuns('dev', { digest: first.digest });
    const status = await scene.infra.run(['status', SERVICE, '--env', 'dev'], elsewhere(scene));
    expect(status.stdout).toMatch(/\bb1\b/);
    await scene.commit({ 'www/health': 'three\n' });
    const third = await scene.build(['--env', 'dev']);
    await scene.expectRuns('dev', { digest: third.digest });
    const { spec } = await scene.deployment('dev');
    expect(spec.template.spec.containers).toMatchObject([{ image: scene.movingImage }]);
  });

  it('comes back by the line of kubectl that the report prints', async (test) => {
    const { scene, first, second } = await openWithTwo({ onTestFinished: test.onTestFinished });
    const line = second.rollouts[0]?.nativeRollbackCommand ?? '';
    expect(line).toContain('kubectl');
    const env = { PATH: `${process.env['PATH'] ?? ''}:${dirname(pathOf('kubectl'))}`, HOME: scene.infra.root };
    await promisify(execFile)('sh', ['-c', line], { cwd: scene.infra.root, env });
    await scene.kubectl('dev', ['rollout', 'status', `deployment/${SERVICE}`, '--timeout=60s']);
    await scene.expectRuns('dev', { digest: first.digest });
  });

  it('comes back by itself where onFailure says so, and that is proven too', async (test) => {
    const environments = { environments: { dev: { rollout: { onFailure: 'rollback', timeout: '300s' } } } };
    const scene = await openScene({ onTestFinished: test.onTestFinished, changes: { environments } });
    await scene.seed(['dev'], { replicas: 2 });
    const first = await scene.build(['--env', 'dev']);
    await scene.commit({ 'start.sh': 'echo no; exit 3\n' });
    const failed = await scene.build(['--env', 'dev'], { exitCode: 1 });
    expect(failed.rollouts).toMatchObject([{ status: 'rolled-back', error: { code: 'ROLLOUT_EXITED' } }]);
    await scene.expectRuns('dev', { digest: first.digest, replicas: 2 });
    const [pod] = await scene.pods('dev');
    expect(pod === undefined ? null : await askPod(pod)).toContain('1');
  });

  it('comes back by itself also where xgen-build did not make it', async (test) => {
    const environments = { environments: { dev: { rollout: { onFailure: 'rollback' } } } };
    const scene = await openScene({ onTestFinished: test.onTestFinished, changes: { environments } });
    await scene.seed(['dev']);
    const [before] = await scene.pods('dev');
    await scene.commit({ 'start.sh': 'exit 3\n' });
    const failed = await scene.build(['--env', 'dev'], { exitCode: 1 });
    expect(failed.rollouts).toMatchObject([{ status: 'rolled-back' }]);
    await scene.expectRuns('dev', { digest: before?.digest ?? null });
  });
});

describe.concurrent('a deployment that Argo CD tracks', () => {
  it('is said to be put back by its next sync, and is not where the moving tag itself goes back', async (test) => {
    const annotations = { 'argocd.argoproj.io/tracking-id': `xgen-core-dev:apps/Deployment:xgen/${SERVICE}` };
    const { scene, first } = await openWithTwo({ onTestFinished: test.onTestFinished }, { annotations });
    const rollback = ['rollback', SERVICE, '--env', 'dev', '--to', 'b1'];
    const back = await scene.infra.run(rollback);
    expect(back.exitCode, back.stderr).toBe(0);
    expect(back.stdout.replaceAll(/\s+/g, ' ')).toContain(
      `Argo CD application xgen-core-dev tracks ${SERVICE}: its next sync puts ${scene.movingImage} back`,
    );
    const moved = await scene.infra.run([...rollback, '--retag']);
    expect(moved.exitCode, moved.stdout + moved.stderr).toBe(0);
    expect(moved.stdout + moved.stderr).toMatch(/dev, prd follow it/);
    const tags = await tagsOf(scene.lab, 'nexus', scene.infra.repository('main', SERVICE));
    expect(tags['latest-amd64']).toBe(first.digest);
    await scene.expectRuns('dev', { digest: first.digest });
    // The rollback before wrote a digest: from now on the tag is followed again.
    const { spec } = await scene.deployment('dev');
    expect(spec.template.spec.containers).toMatchObject([{ image: scene.movingImage }]);
  });
});

describe.concurrent('an image that is there', () => {
  it('is promoted by its digest, without a build', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev', 'prd']);
    const first = await scene.build(['--env', 'dev']);
    const run = await scene.infra.run(['promote', SERVICE, '--from', 'dev', '--to', 'prd'], elsewhere(scene));
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    await scene.expectRuns('prd', { digest: first.digest });
  });

  it('is deployed by its number, and restarted', async (test) => {
    const { scene, first } = await openWithTwo({ onTestFinished: test.onTestFinished });
    const deploy = await scene.infra.run(['deploy', SERVICE, '--env', 'dev', '--to', 'b1'], elsewhere(scene));
    expect(deploy.exitCode, deploy.stdout + deploy.stderr).toBe(0);
    await scene.expectRuns('dev', { digest: first.digest });
    const before = await scene.pods('dev');
    const restart = await scene.infra.run(['deploy', SERVICE, '--env', 'dev', '--restart'], elsewhere(scene));
    expect(restart.exitCode, restart.stdout + restart.stderr).toBe(0);
    await scene.expectRuns('dev', { digest: first.digest });
    expect((await scene.pods('dev')).map(({ name }) => name)).not.toEqual(before.map(({ name }) => name));
  });
});
