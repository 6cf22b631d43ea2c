import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClock } from '../../../src/adapters/clock.ts';
import { createDeathWatch, parseHolder } from '../../../src/adapters/git/lease-holder.ts';
import { adoptChild } from '../../../src/adapters/git/lease-orphans.ts';
import { takeLease, type Lease } from '../../../src/adapters/git/lease.ts';
import { readIdentity, type ProcessIdentity } from '../../../src/adapters/process-identity.ts';
import { AbortReason } from '../../../src/errors/abort-reason.ts';

let directory: string;
let child: ChildProcess | null = null;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'xgen-lease-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  child = null;
  await rm(directory, { recursive: true, force: true });
});

function take(
  options: { signal?: AbortSignal; onWait?: (holder: string) => void; owner?: string } = {},
): Promise<Lease> {
  const { signal = new AbortController().signal, onWait = () => {}, owner = 'a build' } = options;
  return takeLease({ directory, owner, clock: createClock(), signal, onWait });
}

/** A lease file of a process that is not there any more. */
async function leave(fence: number, identity: ProcessIdentity): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, `lease.${fence}`), JSON.stringify({ owner: 'a dead build', identity }));
}

describe('takeLease', () => {
  test('makes the second wait, says for whom, and lets it in when the first gives back', async () => {
    const first = await take({ owner: 'first' });
    const waited: string[] = [];
    const order: string[] = [];
    const second = take({ onWait: (holder) => waited.push(holder) }).then((lease) => {
      order.push('second in');
      return lease;
    });
    await createClock().sleep(120);
    order.push('first out');
    await first.release();
    const lease = await second;
    expect(order).toEqual(['first out', 'second in']);
    expect(waited).toEqual(['first']);
    expect(lease.fence).toBeGreaterThan(first.fence);
    expect(lease.tookOver).toBe(false);
    await lease.release();
  });

  test('lets one in at a time when many ask at once', async () => {
    let inside = 0;
    let most = 0;
    const fences = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const lease = await take();
        inside += 1;
        most = Math.max(most, inside);
        await createClock().sleep(1);
        inside -= 1;
        await lease.release();
        return lease.fence;
      }),
    );
    expect(most).toBe(1);
    expect(new Set(fences).size).toBe(4);
  });

  test('stops waiting with the reason of the abort', async () => {
    const lease = await take();
    const stop = new AbortController();
    const waiting = take({ signal: stop.signal });
    const reason = new AbortReason('canceled', 'Ctrl-C');
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await lease.release();
  });

  test('takes over at once from a process that is dead, and says so', async () => {
    await leave(7, { ...(await readIdentity()), pid: 2 ** 22 - 3, pidStart: '1' });
    const lease = await take();
    expect(lease).toMatchObject({ fence: 8, tookOver: true });
    await lease.release();
  });

  test('is not fooled by a process number that is used again', async () => {
    await leave(1, { ...(await readIdentity()), pidStart: '1' });
    expect((await take()).tookOver).toBe(true);
  });

  test('takes a lease file without content, or with another content, for free', async () => {
    await writeFile(join(directory, 'lease.3'), 'garbage');
    const lease = await take();
    expect(lease.fence).toBe(4);
    await lease.release();
    await lease.release();
    expect((await take()).fence).toBe(5);
  });

  test('ends what a killed holder left running before anything else happens', async () => {
    child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    const ended = new Promise((resolve) => child?.once('exit', (_, signal) => resolve(signal)));
    await leave(1, { ...(await readIdentity()), pid: 2 ** 22 - 3, pidStart: '1' });
    adoptChild(join(directory, 'lease.1.children'), child.pid ?? 0, await readIdentity());
    const lease = await take();
    expect(await ended).toBe('SIGKILL');
    await lease.release();
  });

  test('leaves nothing behind but the last, empty file', async () => {
    for (let round = 0; round < 3; round += 1) await (await take()).release();
    expect(await readdir(directory)).toEqual(['lease.3']);
  });
});

describe('a holder that cannot be seen from here', () => {
  test('counts as dead after fifteen seconds of silence, by the clock of whoever waits', async () => {
    let nowMs = 0;
    const clock = { ...createClock(), monotonicMs: () => nowMs };
    const holder = { owner: 'x', identity: { ...(await readIdentity()), bootId: 'another boot' } };
    await leave(1, holder.identity);
    const watch = createDeathWatch(directory, clock);
    expect(await watch.isDead(1, holder)).toBe(false);
    nowMs = 14_999;
    expect(await watch.isDead(1, holder)).toBe(false);
    nowMs = 15_000;
    expect(await watch.isDead(1, holder)).toBe(true);
  });

  test('stays alive as long as it shows itself', async () => {
    let nowMs = 0;
    const clock = { ...createClock(), monotonicMs: () => nowMs };
    const holder = { owner: 'x', identity: { ...(await readIdentity()), bootId: 'another boot' } };
    const watch = createDeathWatch(directory, clock);
    for (let beat = 0; beat < 3; beat += 1) {
      await leave(1, { ...holder.identity, host: `beat ${beat}` });
      expect(await watch.isDead(1, holder)).toBe(false);
      nowMs += 14_000;
    }
  });
});

test.each(['', '{', '[]', 'null', '{"owner":"x"}', '{"owner":"x","identity":{"pid":"1"}}'])(
  'a lease file %j names nobody',
  (text) => {
    expect(parseHolder(text)).toBeNull();
  },
);
