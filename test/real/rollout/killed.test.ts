import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useLab } from '../../lab/use-lab.ts';
import type { DieAt } from './die-at.ts';
import { openRolloutLab, serving, type RolloutLab, type RolloutPlace } from './rollout-lab.ts';

const lab = useLab();
const place: RolloutPlace = {
  socket: lab.engine.socket,
  registry: lab.registries.local.host,
  baseImage: lab.baseImage,
};
const PROGRAM = fileURLToPath(new URL('die-at.ts', import.meta.url));
// create, stop, start, restart policy, .proven, remove, final name
const CHANGES_OF_A_REPLACEMENT = 7;

/** Resolves to false where the process was killed. */
async function runKilledAt(dieAt: DieAt): Promise<boolean> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(dieAt)], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (signal === null && code !== 0) throw new Error(`the rollout ended with ${String(code)}`);
  return signal === null;
}

let one: RolloutLab;
beforeEach(async () => {
  one = await openRolloutLab(place);
});
afterEach(async () => {
  await one.close();
});

describe('a rollout whose process is killed', () => {
  it('leaves one of the two, brought back by the next run, whichever step it was killed before', async () => {
    const b1 = await one.image(1, serving('one'));
    const b2 = await one.image(2, serving('two'));
    const { project } = one.plan.docker;
    const ends: string[] = [];
    for (let dieAt = 1; dieAt <= CHANGES_OF_A_REPLACEMENT + 1; dieAt += 1) {
      await one.rollOut(b1);
      const isDone = await runKilledAt({ place, project, image: b2, dieAt });
      expect(isDone).toBe(dieAt > CHANGES_OF_A_REPLACEMENT);
      await one.target.recover(one.plan, AbortSignal.timeout(30_000));
      const containers = await one.containers();
      expect(containers).toMatchObject([{ name: 'xgen-core', state: 'running' }]);
      expect(await one.answer()).toMatch(/^(?:one|two)$/);
      const state = await one.target.inspect(one.plan, AbortSignal.timeout(5_000));
      expect(state).toMatchObject({ running: true, isProven: true });
      ends.push(await one.answer());
    }
    // Before the name says that the new one is proven, the old one wins; from then on the new one.
    expect(ends).toStrictEqual(['one', 'one', 'one', 'one', 'one', 'two', 'two', 'two']);
  });

  it('leaves nothing or the proven one where nothing ran before', async () => {
    const b1 = await one.image(1, serving('one'));
    const { project } = one.plan.docker;
    const left: string[][] = [];
    // network, create, start, restart policy, .proven, final name
    for (let dieAt = 1; dieAt <= 6; dieAt += 1) {
      await runKilledAt({ place, project, image: b1, dieAt });
      await one.target.recover(one.plan, AbortSignal.timeout(30_000));
      left.push((await one.containers()).map(({ name, state }) => `${name} ${state}`));
      await one.close();
    }
    expect(left).toStrictEqual([[], [], [], [], [], ['xgen-core running']]);
  });

  it('is waited for while it lives: another process says that it is busy and touches nothing', async () => {
    const b1 = await one.image(1, serving('one'));
    const b2 = await one.image(2, serving('two'));
    await one.rollOut(b1);
    const signal = AbortSignal.timeout(30_000);
    const [first, second] = [await one.target.snapshot(one.plan, signal), await one.target.snapshot(one.plan, signal)];
    await one.target.apply(one.order(b2), first);
    await one.target.recover(one.plan, signal);
    await expect(one.target.apply(one.order(b1), second)).rejects.toMatchObject({
      code: 'ROLLOUT_BUSY',
      message: 'dev: jiwon@lab is rolling out xgen-core at the same time',
    });
    await one.target.prove(one.order(b2), first);
    expect(await one.answer()).toBe('two');
  });

  it('lets only one of two rollouts at once through', async () => {
    const b1 = await one.image(1, serving('one'));
    const b2 = await one.image(2, serving('two'));
    await one.rollOut(b1);
    const ends = await Promise.allSettled([one.rollOut(b2), one.rollOut(b2)]);
    expect(ends.map(({ status }) => status).toSorted()).toStrictEqual(['fulfilled', 'rejected']);
    expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'ROLLOUT_BUSY' } });
    expect(await one.containers()).toHaveLength(1);
    expect(await one.answer()).toBe('two');
  });
});
