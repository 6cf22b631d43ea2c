import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useClusters, useLab } from '../../lab/use-lab.ts';
import { tagsOf } from '../main-job/scene.ts';
import { expectFailure, openFailingScene, wordsOf } from './failing.ts';
import { openScene, SERVICE, type Scene } from './scene.ts';
import { pushSeedImage, SEED_PROGRAM } from '../../lab/cluster/seed-image.ts';

/** Pods pull from another registry than that which is pushed to. */
function pullingFrom(pullHost: string): { readonly changes: object } {
  return { changes: { project: { registry: { nexus: { pullHost } } } } };
}

/** Puts the seed there, and starts the workload from there. */
async function seedFrom(scene: Scene, pullHost: string): Promise<void> {
  const { host } = scene.lab.registries.local;
  const repository = scene.infra.repository('main', SERVICE);
  await pushSeedImage({ host, username: '', password: '', repository });
  await scene.seed(['dev'], { image: scene.movingImage.replace(/^[^/]+/, pullHost) });
}

describe.concurrent('an image that pods cannot run', () => {
  it('is named where their registry does not have it', async ({ onTestFinished }) => {
    const { host } = useLab().registries.local;
    const scene = await openFailingScene({ onTestFinished, ...pullingFrom(host), strategy: 'pin' });
    await seedFrom(scene, host);
    const error = await expectFailure(scene, 'ROLLOUT_PULL_FAILED');
    expect(wordsOf(error)).toContain('not found');
    expect(wordsOf(error)).toContain(host);
  });

  it('is named where they have no pull secret', async ({ onTestFinished }) => {
    const scene = await openFailingScene({ onTestFinished });
    await scene.seed(['dev']);
    await scene.kubectl('dev', ['delete', 'secret', 'nexus-pull']);
    const error = await expectFailure(scene, 'ROLLOUT_PULL_FAILED');
    expect(wordsOf(error)).toContain('401');
    expect(error.hint).toContain('nexus-pull');
  });

  it('is named where their node asks for TLS, and the registry has none', async ({ onTestFinished }) => {
    const { host } = useLab().registries.local;
    const { dev } = useClusters();
    const pullHost = host.replace('127.0.0.1', 'localhost');
    dev.registryHost(pullHost, `http://${host}`);
    const scene = await openFailingScene({ onTestFinished, ...pullingFrom(pullHost) });
    await seedFrom(scene, pullHost);
    dev.registryHost(pullHost, `https://${host}`);
    const error = await expectFailure(scene, 'ROLLOUT_PULL_FAILED');
    expect(wordsOf(error)).toContain('HTTP response to HTTPS client');
  });

  it('is not taken for another one under the same tag', async ({ onTestFinished }) => {
    const { host } = useLab().registries.local;
    const scene = await openFailingScene({ onTestFinished, ...pullingFrom(host) });
    await seedFrom(scene, host);
    const [before] = await scene.pods('dev');
    const error = await expectFailure(scene, 'ROLLOUT_WRONG_DIGEST');
    expect(wordsOf(error)).toContain(before?.digest);
  });

  it('is named where it is for another architecture', async ({ onTestFinished }) => {
    const scene = await openFailingScene({ onTestFinished, rights: 'all' });
    await scene.seed(['dev'], { container: { command: [SEED_PROGRAM] } });
    const files = { [basename(SEED_PROGRAM)]: { program: PROGRAM_OF_ANOTHER_MACHINE } };
    await scene.infra.commit({ service: SERVICE, branch: 'main', files, message: 'Bring a program' });
    const error = await expectFailure(scene, 'ROLLOUT_WRONG_ARCH');
    expect(wordsOf(error)).toContain('exec format error');
  });

  it('is refused before the build where pods would keep an old one', async ({ onTestFinished }) => {
    const scene = await openScene({ onTestFinished });
    await scene.seed(['dev'], { container: { imagePullPolicy: 'IfNotPresent' } });
    const run = await scene.infra.run([SERVICE, '--env', 'dev', '--output', 'json']);
    expect(run.exitCode).not.toBe(0);
    expect(run.json()).toMatchObject({ built: false, error: { code: 'ROLLOUT_PULL_POLICY', stage: 'check' } });
    expect(run.stdout).toContain('imagePullPolicy');
    const tags = await tagsOf(scene.lab, 'nexus', scene.infra.repository('main', SERVICE));
    expect(Object.keys(tags)).toEqual(['latest-amd64']);
  });
});

/** The head of an ELF program for PowerPC. */
const PROGRAM_OF_ANOTHER_MACHINE = `\u007fELF\u0002\u0001\u0001${'\0'.repeat(9)}\u0002\0\u0015\0\u0001\0\0\0${'\0'.repeat(200)}`;
