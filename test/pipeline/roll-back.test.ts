import { describe, expect, it } from 'vitest';
import { chooseRollback, requireInRegistry } from '../../src/pipeline/roll-back.ts';
import type { BuildRecord } from '../../src/ports/store.ts';
import { rolloutPlan } from '../fakes/rollout-context.ts';
import { numbered, running } from '../fakes/scripted-target.ts';
import { taggedRegistries } from '../fakes/tagged-registries.ts';
import { targetPlan } from '../fakes/target-plan.ts';

const [b39, b40, b41, b42] = [numbered(39), numbered(40), numbered(41), numbered(42)];
const target = targetPlan();
const state = running(b42, { proven: [b41, b40] });
const signal = new AbortController().signal;

describe('what is gone back to', () => {
  it('is the last one that ran well there, from the labels alone', () => {
    expect(chooseRollback({ target, state, to: null, records: [] })).toBe(b41);
  });

  it('is the number that was asked for', () => {
    expect(chooseRollback({ target, state, to: 40, records: [] })).toBe(b40);
  });

  it('is what runs, where that is asked for', () => {
    expect(chooseRollback({ target, state, to: 42, records: [] })).toStrictEqual(b42);
  });

  it('is found in the store where the labels do not go back so far', () => {
    const rollouts = [{ env: 'dev', status: 'succeeded', digest: b39.digest }];
    const records = [{ number: 39, commit: b39.commit, rollouts } as unknown as BuildRecord];
    expect(chooseRollback({ target, state, to: 39, records })).toStrictEqual(b39);
    expect(() => chooseRollback({ target: { ...target, env: 'prd' }, state, to: 39, records })).toThrow(
      'b39 is not among',
    );
  });

  it('is nothing where nothing ran well before, and the hint says what can be done', () => {
    const missing = { status: 'missing', canCreate: true } as const;
    const attempt = (to: number | null, of: typeof state | typeof missing) => () =>
      chooseRollback({ target, state: of, to, records: [] });
    expect(attempt(null, missing)).toThrow('dev: no image is known that ran well as xgen-core before');
    expect(attempt(null, running(b42))).toThrow('no image is known');
    expect(attempt(7, state)).toThrow(
      expect.objectContaining({
        code: 'NOTHING_TO_ROLL_BACK',
        hint: 'these ran well: b41, b40; any other: xgen-build deploy xgen-core --site main --env dev --to b7',
      }),
    );
  });

  it('must still be in the registry', async () => {
    const plan = rolloutPlan();
    const there = { plan, signal, ports: { registries: taggedRegistries({ 'b41-amd64': { digest: b41.digest } }) } };
    await expect(requireInRegistry(b41, there)).resolves.toBeUndefined();
    await expect(requireInRegistry(b40, there)).rejects.toMatchObject({ code: 'IMAGE_MISSING' });
  });
});
