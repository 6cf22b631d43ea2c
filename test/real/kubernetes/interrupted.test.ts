import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startLab, type RunningXgen, type XgenRun } from '../../lab/lab.ts';
import { resultOf } from '../main-job/scene.ts';
import { openScene, SERVICE, type Scene } from './scene.ts';

const SLOW_START = 'sleep 6; exec httpd -f -p 8000 -h /srv/app/www\n';

/** Runs the job for dev, and does something once a pod of the new image is there and not ready yet. */
async function runAnd(scene: Scene, act: (running: RunningXgen) => Promise<void> | void): Promise<XgenRun> {
  const before = await scene.pods('dev');
  const acted: Promise<void>[] = [];
  const run = await scene.infra.run([SERVICE, '--env', 'dev', '--output', 'json', '--progress', 'json'], {
    limitMs: 150_000,
    onStart: (running) => {
      const midway = async (): Promise<void> => {
        await running.waitFor('"kind":"stage-started","stage":"rollout dev"');
        while (!(await scene.pods('dev')).some(({ name }) => before.every((pod) => pod.name !== name))) await sleep(50);
        await act(running);
      };
      acted.push(midway());
    },
  });
  await Promise.all(acted);
  return run;
}

async function openSlowScene(options: Parameters<typeof openScene>[0]): Promise<Scene> {
  const scene = await openScene(options);
  await scene.seed(['dev']);
  await scene.commit({ 'start.sh': SLOW_START });
  return scene;
}

describe.concurrent('a rollout that is disturbed', () => {
  it('is finished by the next run when it is killed', async ({ onTestFinished }) => {
    const scene = await openSlowScene({ onTestFinished });
    const killed = await runAnd(scene, (running) => running.kill('SIGKILL'));
    expect(killed.exitCode).toBe(137);
    const result = await scene.build(['--env', 'dev']);
    expect(result.status).toBe('succeeded');
    await scene.expectRuns('dev', { digest: result.digest });
  });

  it('goes back on Ctrl-C', async ({ onTestFinished }) => {
    const scene = await openSlowScene({ onTestFinished });
    const [before] = await scene.pods('dev');
    const run = await runAnd(scene, (running) => running.kill('SIGINT'));
    expect(run.exitCode, run.stderr).toBe(130);
    expect(resultOf(run)).toMatchObject({ status: 'canceled', error: { code: 'CANCELED' } });
    await scene.expectRuns('dev', { digest: before?.digest ?? null });
    const result = await scene.build(['--env', 'dev']);
    await scene.expectRuns('dev', { digest: result.digest });
  });

  it('waits for the one before it, also when that is on another machine', async ({ onTestFinished }) => {
    const scene = await openSlowScene({ onTestFinished });
    const others: Promise<XgenRun>[] = [];
    const first = await runAnd(scene, async () => {
      await scene.commit({ 'www/health': 'second\n' });
      const environment = { XGEN_STATE_DIR: `${scene.infra.stateDirectory}-of-another-machine` };
      others.push(scene.infra.run([SERVICE, '--env', 'dev', '--output', 'json'], { environment, limitMs: 150_000 }));
    });
    const [second] = await Promise.all(others);
    if (second === undefined) throw new Error('the second run was not started');
    const after = resultOf(second);
    expect(resultOf(first).rollouts).toMatchObject([{ status: 'succeeded' }]);
    expect(after.rollouts).toMatchObject([{ status: 'succeeded' }]);
    expect(after.digest).not.toBe(resultOf(first).digest);
    await scene.expectRuns('dev', { digest: after.digest });
  });

  it('notices that somebody else changes the image, and says who', async ({ onTestFinished }) => {
    const scene = await openSlowScene({ onTestFinished });
    const run = await runAnd(scene, async () => {
      await scene.kubectl('dev', ['set', 'image', `deployment/${SERVICE}`, `${SERVICE}=${scene.lab.baseImage}`]);
    });
    const [rollout] = resultOf(run).rollouts;
    expect(rollout).toMatchObject({ status: 'failed', error: { code: 'ROLLOUT_INTERFERED' } });
    expect(JSON.stringify(rollout)).toContain('kubectl-set');
  });

  it('goes on when the API server was away for 20 s', async ({ onTestFinished }) => {
    const lab = await startLab({ clusters: ['dev'] });
    onTestFinished(() => lab.close());
    const { dev } = lab.clusters;
    if (dev === undefined) throw new Error('no cluster');
    const scene = await openSlowScene({ onTestFinished, lab });
    const run = await runAnd(scene, async () => {
      await dev.stopApiServer();
      await sleep(20_000);
      await dev.startApiServer();
    });
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    await scene.expectRuns('dev', { digest: resultOf(run).digest });
  });
});
