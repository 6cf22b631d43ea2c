import { describe, expect, it } from 'vitest';
import { attempt } from '../../fakes/attempt.ts';
import * as fixture from './fixture.ts';
import { automatic, claim, claimed, openTestStore, result, temporaryFolder } from './fixture.ts';

describe('claim', () => {
  it('lets one build of a service and site run, and says who it is to the next', async () => {
    const store = await openTestStore(await temporaryFolder());
    const build = await claimed(store);
    await store.draw(build, { above: 0, floor: 1, exactly: null });
    expect(await store.claim(claim({ startedBy: 'minho@laptop' }), 'second')).toEqual({
      status: 'busy',
      startedBy: 'jiwon@ci-7',
      number: 1,
      since: '2026-03-09T10:00:00.000Z',
    });
  });

  it('lets other sites and other services build meanwhile', async () => {
    const store = await openTestStore(await temporaryFolder());
    await claimed(store);
    expect((await claimed(store, claim({ site: 'aww' }), 'b')).attempt).toBe(1);
    expect((await claimed(store, claim({ service: 'xgen-gateway' }), 'c')).attempt).toBe(1);
  });

  it('serves those who wait in the order in which they first asked', async () => {
    const store = await openTestStore(await temporaryFolder());
    const first = await claimed(store);
    for (const name of ['b', 'c', 'd']) await store.claim(claim({ startedBy: name, parametersKey: name }), name);
    await store.finish(first, result());
    for (const name of ['d', 'c']) {
      const answer = await store.claim(claim({ startedBy: name, parametersKey: name }), name);
      expect(answer).toMatchObject({ status: 'busy', startedBy: 'b', number: null });
    }
    await store.withdraw('b');
    expect(await store.claim(claim({ startedBy: 'd', parametersKey: 'd' }), 'd')).toMatchObject({ startedBy: 'c' });
    expect(await store.claim(claim({ startedBy: 'c', parametersKey: 'c' }), 'c')).toMatchObject({ status: 'claimed' });
  });

  it('passes over a waiting process that has died', async () => {
    const folder = await temporaryFolder();
    const store = await openTestStore(folder);
    const dead = await openTestStore(folder, { identity: fixture.DEAD });
    const first = await claimed(store);
    await dead.claim(claim({ startedBy: 'dead' }), 'dead');
    await store.claim(claim(), 'mine');
    await store.finish(first, result());
    expect(await store.claim(claim(), 'mine')).toMatchObject({ status: 'claimed' });
  });

  it('replaces a waiting automatic build by a newer one with the same parameters and tells it so', async () => {
    const store = await openTestStore(await temporaryFolder());
    const first = await claimed(store);
    await store.claim(automatic('push 1'), 'one');
    await store.claim(claim({ startedBy: 'a person' }), 'person');
    await store.claim(automatic('push 2'), 'two');
    expect(await store.claim(automatic('push 1'), 'one')).toEqual({ status: 'superseded', by: 'push 2' });
    expect(await store.claim(automatic('push 1'), 'one')).toEqual({ status: 'superseded', by: 'push 2' });
    await store.finish(first, result());
    expect(await store.claim(automatic('push 2'), 'two')).toMatchObject({ status: 'busy', startedBy: 'a person' });
    expect(await store.claim(claim({ startedBy: 'a person' }), 'person')).toMatchObject({ status: 'claimed' });
  });
});

describe('a build whose process died', () => {
  it('is taken over at once by a claim with the same parameters, with its number and its commit', async () => {
    const folder = await temporaryFolder();
    const dead = await openTestStore(folder, { identity: fixture.DEAD });
    const lost = await claimed(dead);
    await dead.draw(lost, { above: 41, floor: 1, exactly: null });
    await dead.recordFacts(lost, { commit: 'f'.repeat(40) });
    const store = await openTestStore(folder);
    const build = await claimed(store, claim({ startedBy: 'minho@laptop' }));
    expect(build).toMatchObject({ id: lost.id, attempt: 2, number: 42, commit: 'f'.repeat(40) });
    expect(build.token).not.toBe(lost.token);
    expect(await store.find({ service: 'xgen-core' })).toHaveLength(1);
  });

  it('is marked lost by a claim with other parameters, which gets a build of its own', async () => {
    const folder = await temporaryFolder();
    const dead = await openTestStore(folder, { identity: fixture.DEAD });
    const lost = await claimed(dead);
    await dead.draw(lost, { above: 0, floor: 1, exactly: null });
    const store = await openTestStore(folder);
    const build = await claimed(store, claim({ parametersKey: 'other' }));
    expect(build).toMatchObject({ attempt: 1, number: null });
    expect(await store.find({ id: lost.id })).toMatchObject([{ status: 'lost', number: 1, result: null }]);
  });

  it('is given up after five attempts', async () => {
    const folder = await temporaryFolder();
    const dead = await openTestStore(folder, { identity: fixture.DEAD });
    const again = await openTestStore(folder, { identity: { ...fixture.DEAD, pid: 4_194_401 } });
    const attempts = [];
    for (const store of [dead, again, dead, again, dead, again]) attempts.push((await claimed(store)).attempt);
    expect(attempts).toEqual([1, 2, 3, 4, 5, 1]);
  });

  it('cannot write any more, whatever its old owner tries', async () => {
    const folder = await temporaryFolder();
    const old = await openTestStore(folder, { identity: fixture.DEAD });
    const lost = await claimed(old);
    const store = await openTestStore(folder);
    const build = await claimed(store);
    await old.recordFacts(lost, { commit: 'e'.repeat(40) });
    await old.recordStage(lost, { name: 'build', status: 'succeeded', durationMs: 1 });
    await old.recordAttempt(lost, attempt());
    await expect(old.draw(lost, { above: 0, floor: 1, exactly: null })).rejects.toMatchObject({ code: 'LOST' });
    await expect(old.openRollout(lost, { targetIdentity: 't', snapshot: fixture.snapshot })).rejects.toMatchObject({
      code: 'LOST',
    });
    expect(await old.heartbeat(lost)).toBe('lost');
    expect(await old.finish(lost, result())).toBe(false);
    const [record] = await store.find({ id: build.id });
    expect(record).toMatchObject({ status: 'running', commit: null, number: null, stages: [], attempts: [] });
  });
});

describe('the lease', () => {
  it('decides about a process that cannot be seen from here, by the monotonic time of the machine', async () => {
    const folder = await temporaryFolder();
    const time = fixture.fakeBoot();
    const one = await openTestStore(folder, { identity: fixture.CONTAINER_A, bootMs: time.bootMs });
    const two = await openTestStore(folder, { identity: fixture.CONTAINER_B, bootMs: time.bootMs });
    const build = await claimed(one);
    time.advance(25_000);
    expect(await one.heartbeat(build)).toBe('ok');
    time.advance(29_000);
    expect(await two.claim(claim(), 'x')).toMatchObject({ status: 'busy' });
    expect(await two.isAlive(build.id)).toBe(true);
    time.advance(2_000);
    expect(await two.isAlive(build.id)).toBe(false);
    expect(await two.claim(claim(), 'x')).toMatchObject({ status: 'claimed', build: { attempt: 2 } });
  });

  it('of another boot is over when no heartbeat was seen for its whole length, whatever time is written in it', async () => {
    const folder = await temporaryFolder();
    const time = fixture.fakeBoot(5);
    const other = await openTestStore(folder, { identity: fixture.OTHER_BOOT, bootMs: () => 9e12 });
    const store = await openTestStore(folder, { bootMs: time.bootMs });
    const build = await claimed(other);
    expect(await store.claim(claim(), 'x')).toMatchObject({ status: 'busy' });
    time.advance(29_000);
    expect(await store.claim(claim(), 'x')).toMatchObject({ status: 'busy' });
    expect(await other.heartbeat(build)).toBe('ok');
    time.advance(29_000);
    expect(await store.claim(claim(), 'x')).toMatchObject({ status: 'busy' });
    time.advance(31_000);
    expect(await store.claim(claim(), 'x')).toMatchObject({ status: 'claimed', build: { attempt: 2 } });
  });
});

describe('requestCancel', () => {
  it('reaches the owner by its next heartbeat', async () => {
    const store = await openTestStore(await temporaryFolder());
    const build = await claimed(store);
    expect(await store.heartbeat(build)).toBe('ok');
    expect(await store.requestCancel(build.id)).toBe(true);
    expect(await store.heartbeat(build)).toBe('cancel');
  });

  it('says false for a build that has ended, one whose process died and one that never was', async () => {
    const folder = await temporaryFolder();
    const store = await openTestStore(folder);
    const dead = await openTestStore(folder, { identity: fixture.DEAD });
    const build = await claimed(store);
    await store.finish(build, result());
    const lost = await claimed(dead);
    expect(await store.requestCancel(build.id)).toBe(false);
    expect(await store.requestCancel(lost.id)).toBe(false);
    expect(await store.requestCancel('nothing')).toBe(false);
  });

  it('does not outlive a takeover', async () => {
    const folder = await temporaryFolder();
    const time = fixture.fakeBoot();
    const one = await openTestStore(folder, { identity: fixture.CONTAINER_A, bootMs: time.bootMs });
    const two = await openTestStore(folder, { identity: fixture.CONTAINER_B, bootMs: time.bootMs });
    const build = await claimed(one);
    await two.requestCancel(build.id);
    time.advance(60_000);
    expect(await two.heartbeat(await claimed(two))).toBe('ok');
  });
});
