import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useLab } from '../../lab/use-lab.ts';
import { CRASHING, NEVER_HEALTHY, openRolloutLab, serving, type RolloutLab, type RolloutPlace } from './rollout-lab.ts';

const lab = useLab();
const place: RolloutPlace = {
  socket: lab.engine.socket,
  registry: lab.registries.local.host,
  baseImage: lab.baseImage,
};

let one: RolloutLab;
beforeEach(async () => {
  one = await openRolloutLab(place);
});
afterEach(async () => {
  await one.close();
});

describe('a rollout to a Docker engine', () => {
  it('makes a container where there is none, as compose would show it, and runs it by digest', async () => {
    const b1 = await one.image(1, serving('one'));
    expect(await one.target.inspect(one.plan, AbortSignal.timeout(5_000))).toStrictEqual({
      status: 'missing',
      canCreate: true,
    });
    expect(await one.rollOut(b1)).toBe('answers 200 on /health');
    expect(await one.answer()).toBe('one');
    const { Config, HostConfig } = await one.docker.getContainer(one.name).inspect();
    expect(Config.Image).toBe(`${place.registry}/xgen/main/xgen-core@${b1.digest}`);
    expect(HostConfig.RestartPolicy?.Name).toBe('unless-stopped');
    expect(Config.Labels).toMatchObject({
      'com.docker.compose.project': one.plan.docker.project,
      'com.docker.compose.service': 'xgen-core',
      'io.xgen-build.site': 'main',
      'io.xgen-build.number': '1',
      'io.xgen-build.digest': b1.digest,
      'io.xgen-build.started-by': 'jiwon@lab',
    });
  });

  it('keeps what ran well in the labels, so that any machine can go back, and then on again (defect 4)', async () => {
    const [b1, b2, b3] = [
      await one.image(1, serving('one')),
      await one.image(2, serving('two')),
      await one.image(3, serving('three')),
    ];
    for (const image of [b1, b2]) await one.rollOut(image);
    const before = await one.target.inspect(one.plan, AbortSignal.timeout(5_000));
    expect(before).toMatchObject({ number: 2, isProven: true, digest: b2.digest, running: true, site: 'main' });
    const [last] = before.status === 'present' ? before.proven : [];
    expect(last).toStrictEqual(b1);
    await one.rollOut(last ?? b3);
    expect(await one.answer()).toBe('one');
    await one.rollOut(b3);
    expect(await one.answer()).toBe('three');
    const after = await one.target.inspect(one.plan, AbortSignal.timeout(5_000));
    expect(after).toMatchObject({ number: 3, digest: b3.digest });
    expect(after.status === 'present' && after.proven.map(({ number }) => number)).toStrictEqual([1, 2]);
  });

  it('brings the old container back when the new one crashes, and says its last words', async () => {
    await one.rollOut(await one.image(1, serving('one')));
    const old = await one.docker.getContainer(one.name).inspect();
    const { error, isBack } = await one.rollOutAndBack(await one.image(2, CRASHING));
    expect(error).toMatchObject({
      code: 'ROLLOUT_EXITED',
      message: `exited with 1 · "KeyError: 'REDIS_HOST'"`,
      evidence: ['starting', "KeyError: 'REDIS_HOST'"],
    });
    expect(isBack).toBe(true);
    expect((await one.docker.getContainer(one.name).inspect()).Id).toBe(old.Id);
    expect(await one.answer()).toBe('one');
    expect(await one.containers()).toHaveLength(1);
  });

  it('brings the old container back when the new one never gets healthy, and says the last answer', async () => {
    await one.rollOut(await one.image(1, serving('one')));
    const slow = { target: { ...one.plan, timeoutMs: 1_200 } };
    const { error, isBack } = await one.rollOutAndBack(await one.image(2, NEVER_HEALTHY), slow);
    expect(error).toMatchObject({
      code: 'ROLLOUT_UNHEALTHY',
      message: 'not healthy within 1.2 s: GET /health on port 8000: 404',
    });
    expect(isBack).toBe(true);
    expect(await one.answer()).toBe('one');
  });

  it('leaves nothing behind when the first container ever fails', async () => {
    const { error, isBack } = await one.rollOutAndBack(await one.image(1, CRASHING));
    expect(error).toMatchObject({ code: 'ROLLOUT_EXITED' });
    expect(isBack).toBe(false);
    expect(await one.containers()).toStrictEqual([]);
  });

  it('says what the registry said when an image is not there, and touches nothing', async () => {
    const b1 = await one.image(1, serving('one'));
    await one.rollOut(b1);
    const digest = `sha256:${'0'.repeat(64)}` as const;
    const missing = { ...b1, digest, reference: { ...b1.reference, digest } };
    const { error, isBack } = await one.rollOutAndBack(missing);
    expect(error).toMatchObject({ code: 'ROLLOUT_PULL_FAILED' });
    expect(String(error)).toContain('manifest unknown');
    expect(isBack).toBe(true);
    expect(await one.answer()).toBe('one');
  });

  it('refuses to end with something else than what was pushed', async () => {
    const b1 = await one.image(1, serving('one'));
    const b2 = await one.image(2, serving('two'));
    await one.rollOut(b1);
    const snapshot = await one.target.snapshot(one.plan, AbortSignal.timeout(5_000));
    await expect(one.target.prove(one.order(b2), snapshot)).rejects.toMatchObject({ code: 'ROLLOUT_WRONG_DIGEST' });
  });

  it('restarts what runs and proves it again', async () => {
    const b1 = await one.image(1, serving('one'));
    await one.rollOut(b1);
    const before = await one.docker.getContainer(one.name).inspect();
    const proof = await one.target.restart(one.order(b1));
    const after = await one.docker.getContainer(one.name).inspect();
    expect(proof).toMatchObject({ digest: b1.digest, detail: 'answers 200 on /health' });
    expect(after.Id).toBe(before.Id);
    expect(after.State.StartedAt).not.toBe(before.State.StartedAt);
  });

  it('stops a rollout that is told to, and the old container comes back', async () => {
    await one.rollOut(await one.image(1, serving('one')));
    const b2 = await one.image(2, NEVER_HEALTHY);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1_500);
    const begin = performance.now();
    const { isBack } = await one.rollOutAndBack(b2, { signal: controller.signal });
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect(isBack).toBe(true);
    expect(await one.answer()).toBe('one');
  });
});
