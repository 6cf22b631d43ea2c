import { describe, expect, it } from 'vitest';
import { openScene, SERVICE } from './scene.ts';

describe.concurrent('dev and prd', () => {
  it('are rolled out one after the other on two clusters', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev', 'prd']);
    const result = await scene.build(['--env', 'both']);
    expect(result.rollouts).toMatchObject([
      { env: 'dev', status: 'succeeded' },
      { env: 'prd', status: 'succeeded' },
    ]);
    for (const env of ['dev', 'prd']) await scene.expectRuns(env, { digest: result.digest });
  });

  it('leave dev as it is when prd fails', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev', 'prd']);
    await scene.kubectl('prd', ['delete', 'secret', 'nexus-pull']);
    const result = await scene.build(['--env', 'both'], { exitCode: 1 });
    expect(result.rollouts).toMatchObject([
      { env: 'dev', status: 'succeeded' },
      { env: 'prd', status: 'failed', error: { code: 'ROLLOUT_PULL_FAILED' } },
    ]);
    await scene.expectRuns('dev', { digest: result.digest });
  });

  it('leave prd alone when dev fails', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev', 'prd']);
    const before = await scene.deployment('prd');
    await scene.kubectl('dev', ['delete', 'secret', 'nexus-pull']);
    const result = await scene.build(['--env', 'both'], { exitCode: 1 });
    expect(result.rollouts).toMatchObject([
      { env: 'dev', status: 'failed' },
      { env: 'prd', status: 'not-started' },
    ]);
    expect(await scene.deployment('prd')).toMatchObject({ metadata: { generation: before.metadata.generation } });
  });

  it('are rolled out once where they are one cluster and namespace, and that is said', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished, clusters: 'one' });
    await scene.seed(['dev']);
    const result = await scene.build(['--env', 'both'], { exitCode: 3 });
    expect(result.status).toBe('unstable');
    expect(result.rollouts).toMatchObject([
      { env: 'dev', status: 'succeeded' },
      { env: 'prd', status: 'same-cluster' },
    ]);
    await scene.expectRuns('dev', { digest: result.digest });
    const { annotations } = (await scene.deployment('dev')).metadata;
    expect(annotations?.['deployment.kubernetes.io/revision']).toBe('2');
  });

  it('are rolled out once and are fine where that is meant', async (test) => {
    const environments = { environments: { prd: { sameAs: 'dev' } } };
    const scene = await openScene({ onTestFinished: test.onTestFinished, clusters: 'one', changes: { environments } });
    await scene.seed(['dev']);
    const result = await scene.build(['--env', 'both']);
    expect(result.rollouts).toMatchObject([{ status: 'succeeded' }, { status: 'same-cluster' }]);
  });

  it('differ in what a missing deployment means: a warning in dev', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    const result = await scene.build(['--env', 'dev'], { exitCode: 3 });
    expect(result.rollouts).toMatchObject([{ env: 'dev', status: 'skipped', error: { code: 'DEPLOYMENT_MISSING' } }]);
    expect(result.digest).not.toBeNull();
  });

  it('differ in what a missing deployment means: an error in prd', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    const run = await scene.infra.run([SERVICE, '--env', 'prd', '--output', 'json']);
    expect(run.exitCode, run.stderr).toBe(1);
    expect(run.stdout).toContain('DEPLOYMENT_MISSING');
    expect(run.stdout).toContain(scene.namespace);
  });
});
