import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClock } from '../../../src/adapters/clock.ts';
import { readIdentity, type ProcessIdentity } from '../../../src/adapters/process-identity.ts';
import { SILENCE_MS, TURN_LABEL, volumeNameOf, type Intent } from '../../../src/adapters/upkeep/intents.ts';
import type { TurnParts } from '../../../src/adapters/upkeep/turn-volumes.ts';
import { shareEngine, takeEngineAlone } from '../../../src/adapters/upkeep/turns.ts';
import { AbortReason } from '../../../src/errors/abort-reason.ts';
import type { TurnRequest } from '../../../src/ports/upkeep.ts';
import { silentLogger } from '../../fakes/silent-logger.ts';
import { startVolumeEngine, type VolumeEngine } from './volume-engine.ts';

let world: VolumeEngine;
let parts: TurnParts;
const never = new AbortController().signal;

beforeEach(async () => {
  world = await startVolumeEngine(4);
  parts = { engine: world.engine, clock: createClock(), logger: silentLogger, identity: await readIdentity() };
});
afterEach(() => world.close());

function request(who: string, change: Partial<TurnRequest> = {}): TurnRequest {
  return { who, signal: never, onWait: () => undefined, ...change };
}

function leave(intent: Partial<Intent> & { owner: ProcessIdentity }): void {
  const whole: Intent = { id: 'left', kind: 'share', ticket: 0, beat: 1, who: 'a dead build', ...intent };
  world.volumes.set(volumeNameOf(whole), { [TURN_LABEL]: JSON.stringify(whole) });
}

describe('turns on an engine', () => {
  it('never let a prune run beside a build or another prune, and leave nothing', async () => {
    const now = { builds: 0, alone: 0, most: 0 };
    const check = (): void => {
      now.most = Math.max(now.most, now.builds);
      if (now.alone > 1 || (now.alone === 1 && now.builds > 0))
        throw new Error(`beside one another: ${JSON.stringify(now)}`);
    };
    const build = async (name: string): Promise<void> => {
      const turn = await shareEngine(parts, request(name));
      now.builds += 1;
      check();
      await sleep(Math.random() * 20);
      check();
      now.builds -= 1;
      await turn.release();
    };
    const prune = async (name: string): Promise<void> => {
      const turn = await takeEngineAlone(parts, request(name));
      now.alone += 1;
      check();
      await sleep(Math.random() * 10);
      check();
      now.alone -= 1;
      now.builds += 1;
      await turn.letOthersIn();
      check();
      await sleep(Math.random() * 10);
      now.builds -= 1;
      await turn.release();
    };
    const all = Array.from({ length: 24 }, async (_, index) => {
      await sleep(Math.random() * 60);
      await (index % 5 === 0 ? prune(`prune ${index}`) : build(`build ${index}`));
    });
    await Promise.all(all);
    expect(now.most).toBeGreaterThan(1);
    expect([...world.volumes.keys()]).toEqual([]);
  });

  it('let no new build begin while a prune waits for one that runs', async () => {
    const running = await shareEngine(parts, request('the first'));
    const waits: string[] = [];
    const order: string[] = [];
    const prune = takeEngineAlone(parts, request('a prune', { onWait: (forWhom) => waits.push(forWhom) }));
    while (waits.length === 0) await sleep(1);
    const late = shareEngine(parts, request('a late one')).then((turn) => {
      order.push('late');
      return turn;
    });
    await sleep(60);
    expect(order).toEqual([]);
    await running.release();
    const alone = await prune;
    order.push('prune');
    await alone.release();
    await (await late).release();
    expect(order).toEqual(['prune', 'late']);
    expect(waits).toEqual(['the first']);
  });

  it('forget at once a process of this machine that is dead', async () => {
    leave({ owner: { ...parts.identity, pid: 4_194_400, pidStart: '1' } });
    leave({ id: 'other', kind: 'ticket', ticket: 7, owner: { ...parts.identity, pid: 4_194_401, pidStart: '1' } });
    const alone = await takeEngineAlone(parts, request('a prune'));
    expect([...world.volumes.keys()].filter((name) => /left|other/.test(name))).toEqual([]);
    await alone.release();
  });

  it('wait for one of another machine until it has been silent for a while by their own clock', async () => {
    leave({ owner: { ...parts.identity, bootId: 'another', host: 'ci-9' } });
    let now = 0;
    const clock = { now: () => new Date(0), monotonicMs: () => now, sleep: async () => void (now += 1_000) };
    const alone = await takeEngineAlone(
      { ...parts, clock: { ...clock, sleep: quickly(clock.sleep) } },
      request('a prune'),
    );
    expect(now).toBeGreaterThanOrEqual(SILENCE_MS);
    await alone.release();
  });

  it('give up with the reason of the signal, and leave nothing', async () => {
    const running = await shareEngine(parts, request('the first'));
    const stop = new AbortController();
    const prune = takeEngineAlone(parts, request('a prune', { signal: stop.signal }));
    const reason = new AbortReason('canceled', 'interrupted', 'SIGINT');
    setTimeout(() => stop.abort(reason), 30);
    await expect(prune).rejects.toBe(reason);
    await running.release();
    expect(world.volumes.size).toBe(0);
  });

  it('let a build begin where the engine keeps no volume, but no prune', async () => {
    world.refuse();
    await (await shareEngine(parts, request('a build'))).release();
    await expect(takeEngineAlone(parts, request('a prune'))).rejects.toMatchObject({ code: 'BUILDER_FAILED' });
  });
});

/** Beats are longer than any test: their sleep never ends by itself. */
function quickly(step: () => Promise<undefined>): (ms: number, signal?: AbortSignal) => Promise<void> {
  return async (ms, signal) => {
    if (ms < 5_000) return step();
    await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    return undefined;
  };
}
