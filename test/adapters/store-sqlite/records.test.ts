import { describe, expect, it } from 'vitest';
import { attempt } from '../../fakes/attempt.ts';
import * as fixture from './fixture.ts';
import { claim, claimed, openTestStore, result, rollout, snapshot, temporaryFolder } from './fixture.ts';

const wish = { targetIdentity: 'engine/xgen-dev', snapshot };

describe('find', () => {
  it('is empty for a state that is new or was deleted', async () => {
    const store = await openTestStore(await temporaryFolder());
    expect(await store.find({})).toEqual([]);
    expect(await store.isAlive('nothing')).toBe(false);
  });

  it('shows what is known of a build while it runs', async () => {
    const store = await openTestStore(await temporaryFolder());
    const build = await claimed(store);
    await store.recordFacts(build, { commit: 'c'.repeat(40) });
    await store.recordFacts(build, { fingerprint: 'f1' });
    await store.recordStage(build, { name: 'checkout', status: 'succeeded', durationMs: 210.5 });
    await store.recordStage(build, { name: 'build', status: 'failed', durationMs: 1 });
    await store.recordStage(build, { name: 'checkout', status: 'failed', durationMs: 3 });
    await store.recordAttempt(build, attempt());
    const opened = await store.openRollout(build, wish);
    await store.closeRollout(build, { id: opened.id, result: rollout() });
    const [record] = await store.find({ id: build.id });
    expect(record).toMatchObject({
      service: 'xgen-core',
      site: 'main',
      command: 'build',
      status: 'running',
      attempt: 1,
      commit: 'c'.repeat(40),
      fingerprint: 'f1',
      digest: null,
      startedBy: 'jiwon@ci-7',
      startedAt: '2026-03-09T10:00:00.000Z',
      finishedAt: null,
      parameters: fixture.parameters(),
      stages: [
        { name: 'checkout', status: 'failed', durationMs: 3 },
        { name: 'build', status: 'failed', durationMs: 1 },
      ],
      attempts: [attempt()],
      rollouts: [rollout()],
      result: null,
    });
  });

  it('shows the result of a build that has ended', async () => {
    const store = await openTestStore(await temporaryFolder());
    const build = await claimed(store);
    const ended = result({ status: 'unstable', rollouts: [rollout({ status: 'not-started' })] });
    expect(await store.finish(build, ended)).toBe(true);
    expect(await store.finish(build, result())).toBe(false);
    const [record] = await store.find({ id: build.id });
    expect(record).toMatchObject({ status: 'unstable', commit: ended.commit, digest: ended.digest, result: ended });
    expect(record?.rollouts).toEqual(ended.rollouts);
    expect(record?.finishedAt).toBe('2026-03-09T10:00:00.000Z');
  });

  it('answers newest first, by service, site and number, and at most as many as asked for', async () => {
    const store = await openTestStore(await temporaryFolder());
    for (const site of ['main', 'aww', 'main']) {
      const build = await claimed(store, claim({ site }));
      await store.draw(build, { above: 0, floor: 1, exactly: null });
      await store.finish(build, result({ site }));
    }
    const numbers = async (query: Parameters<typeof store.find>[0]) =>
      (await store.find(query)).map((record) => record.number);
    expect(await numbers({})).toEqual([3, 2, 1]);
    expect(await numbers({ site: 'main' })).toEqual([3, 1]);
    expect(await numbers({ service: 'xgen-core', limit: 2 })).toEqual([3, 2]);
    expect(await numbers({ service: 'xgen-core', number: 2 })).toEqual([2]);
    expect(await numbers({ service: "x'; DROP TABLE builds" })).toEqual([]);
  });
});

describe('an open rollout', () => {
  it('is abandoned once its process is dead, until it is mended', async () => {
    const folder = await temporaryFolder();
    const store = await openTestStore(folder);
    const dead = await openTestStore(folder, { identity: fixture.DEAD });
    const live = await store.openRollout(await claimed(store, claim({ site: 'aww' })), wish);
    const left = await dead.openRollout(await claimed(dead), wish);
    expect(await store.abandonedRollouts('elsewhere')).toEqual([]);
    expect(await store.abandonedRollouts(wish.targetIdentity)).toEqual([left]);
    expect(left).toEqual({ id: left.id, buildId: left.buildId, ...wish });
    expect(live.id).not.toBe(left.id);
    await store.dismissRollout(left.id);
    expect(await store.abandonedRollouts(wish.targetIdentity)).toEqual([]);
  });

  it('is abandoned for the one who takes the build over', async () => {
    const folder = await temporaryFolder();
    const dead = await openTestStore(folder, { identity: fixture.DEAD });
    const lost = await claimed(dead);
    const left = await dead.openRollout(lost, wish);
    const store = await openTestStore(folder);
    await claimed(store);
    await dead.closeRollout(lost, { id: left.id, result: rollout() });
    expect(await store.abandonedRollouts(wish.targetIdentity)).toEqual([left]);
  });

  it('is abandoned where its build ended without closing it, and not once it is closed', async () => {
    const store = await openTestStore(await temporaryFolder());
    const first = await claimed(store);
    const left = await store.openRollout(first, wish);
    await store.finish(first, result());
    expect(await store.abandonedRollouts(wish.targetIdentity)).toEqual([left]);
    await store.dismissRollout(left.id);
    const second = await claimed(store);
    const closed = await store.openRollout(second, wish);
    await store.closeRollout(second, { id: closed.id, result: rollout() });
    await store.finish(second, result());
    expect(await store.abandonedRollouts(wish.targetIdentity)).toEqual([]);
  });
});
