import { describe, expect, it } from 'vitest';
import { expectFailure, openFailingScene, wordsOf } from './failing.ts';
import { openScene } from './scene.ts';

const STATE = {
  pod: { volumes: [{ name: 'state', emptyDir: {} }] },
  container: { volumeMounts: [{ name: 'state', mountPath: '/state' }] },
};

describe.concurrent('a container that does not stay up', () => {
  it('is named with its exit code after the second restart', async ({ onTestFinished }) => {
    const scene = await openFailingScene({ onTestFinished });
    await scene.seed(['dev']);
    await scene.commit({ 'start.sh': `echo starting; echo "KeyError: 'REDIS_HOST'" >&2; exit 3\n` });
    const error = await expectFailure(scene, 'ROLLOUT_EXITED');
    expect(wordsOf(error)).toMatch(/\b3\b/);
    expect(await scene.pods('dev')).toHaveLength(2);
  });

  it('is named with the end of its log where that may be read', async ({ onTestFinished }) => {
    const scene = await openFailingScene({ onTestFinished, rights: 'all' });
    await scene.seed(['dev']);
    await scene.commit({ 'start.sh': `echo starting; echo "KeyError: 'REDIS_HOST'" >&2; exit 3\n` });
    const error = await expectFailure(scene, 'ROLLOUT_EXITED');
    expect(error.evidence.join('\n')).toContain("KeyError: 'REDIS_HOST'");
  });

  it('may restart once', async ({ onTestFinished }) => {
    const scene = await openScene({ onTestFinished });
    await scene.seed(['dev'], STATE);
    const start = '[ -e /state/tried ] || { touch /state/tried; exit 1; }; exec httpd -f -p 8000 -h /srv/app/www\n';
    await scene.commit({ 'start.sh': start });
    const result = await scene.build(['--env', 'dev']);
    expect(result.rollouts).toMatchObject([{ status: 'succeeded' }]);
    await scene.expectRuns('dev', { digest: result.digest });
  });

  it('is named where it ran out of memory', async ({ onTestFinished }) => {
    const scene = await openFailingScene({ onTestFinished });
    await scene.seed(['dev'], { container: { resources: { limits: { memory: '40Mi' } } } });
    await scene.commit({ 'start.sh': 'tail /dev/zero\n' });
    const error = await expectFailure(scene, 'ROLLOUT_OUT_OF_MEMORY');
    expect(wordsOf(error)).toContain('OOMKilled');
  });

  it('is named where an init container fails', async ({ onTestFinished }) => {
    const scene = await openFailingScene({ onTestFinished });
    const { baseImage } = scene.lab;
    await scene.seed(['dev'], {
      pod: {
        volumes: [{ name: 'flags', configMap: { name: 'flags', optional: true } }],
        initContainers: [
          {
            name: 'migrate',
            image: baseImage,
            command: ['sh', '-c', '[ ! -e /flags/fail ] || exit 7'],
            volumeMounts: [{ name: 'flags', mountPath: '/flags' }],
          },
        ],
      },
    });
    await scene.kubectl('dev', ['create', 'configmap', 'flags', '--from-literal=fail=1']);
    const error = await expectFailure(scene, 'ROLLOUT_EXITED');
    expect(wordsOf(error)).toContain('migrate');
    expect(wordsOf(error)).toMatch(/\b7\b/);
  });

  it('is named where it runs and its probe never answers', async ({ onTestFinished }) => {
    const scene = await openFailingScene({ onTestFinished, timeout: '15s' });
    await scene.seed(['dev']);
    await scene.commit({ 'start.sh': 'rm www/health; exec httpd -f -p 8000 -h /srv/app/www\n' });
    const error = await expectFailure(scene, 'ROLLOUT_UNHEALTHY');
    expect(wordsOf(error)).toMatch(/readiness/);
    expect(wordsOf(error)).toContain('/health');
  });

  it('is named at the progress deadline of its deployment', async ({ onTestFinished }) => {
    const scene = await openFailingScene({ onTestFinished });
    await scene.seed(['dev'], { spec: { progressDeadlineSeconds: 8 } });
    await scene.commit({ 'start.sh': 'sleep 100000\n' });
    const result = await scene.build(['--env', 'dev'], { exitCode: 1 });
    expect(['ROLLOUT_UNHEALTHY', 'ROLLOUT_TIMEOUT']).toContain(result.rollouts[0]?.error?.code);
    expect(JSON.stringify(result)).toContain('progress deadline');
  });
});
