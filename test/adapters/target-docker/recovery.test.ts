import { describe, expect, it } from 'vitest';
import {
  decideRecovery,
  isOwnerAlive,
  type LeftBehind,
  type RecoveryStep,
} from '../../../src/adapters/target-docker/recovery.ts';

const dead = { isOwnerAlive: false } as const;
const wasRunning = { replaces: { wasRunning: true } } as const;
const up = { isRunning: true };
const down = { isRunning: false };

type Case = readonly [string, LeftBehind, readonly RecoveryStep[]];

describe('what a killed rollout leaves', () => {
  it.each<Case>([
    ['nothing was left', { old: up, staged: null }, []],
    ['nothing was ever there', { old: null, staged: null }, []],
    ['its process lives', { old: down, staged: { stage: 'next', isOwnerAlive: true, ...wasRunning } }, []],
    [
      'killed before the old one was stopped',
      { old: up, staged: { stage: 'next', ...dead, ...wasRunning } },
      ['remove-new'],
    ],
    [
      'killed after the old one was stopped',
      { old: down, staged: { stage: 'next', ...dead, ...wasRunning } },
      ['stop-new', 'start-old', 'remove-new'],
    ],
    [
      'the old one did not run before either',
      { old: down, staged: { stage: 'next', ...dead, replaces: { wasRunning: false } } },
      ['remove-new'],
    ],
    ['nothing ran before', { old: null, staged: { stage: 'next', ...dead, replaces: null } }, ['remove-new']],
    ['the old one was removed by hand', { old: null, staged: { stage: 'next', ...dead, ...wasRunning } }, ['name-new']],
    [
      'killed after the proof',
      { old: down, staged: { stage: 'proven', ...dead, ...wasRunning } },
      ['remove-old', 'name-new'],
    ],
    [
      'killed after the old one was removed',
      { old: null, staged: { stage: 'proven', ...dead, ...wasRunning } },
      ['name-new'],
    ],
  ])('%s', (_name, left, steps) => {
    expect(decideRecovery(left)).toStrictEqual(steps);
  });

  it('never removes the new one before the old one runs', () => {
    const steps = decideRecovery({ old: down, staged: { stage: 'next', ...dead, ...wasRunning } });
    expect(steps.indexOf('start-old')).toBeLessThan(steps.indexOf('remove-new'));
  });
});

describe('whether its process still works', () => {
  it.each([
    ['dead', 0, false],
    ['alive', 0, true],
    ['alive', 319_000, true],
    ['alive', 321_000, false],
    ['unknown', 189_000, true],
    ['unknown', 191_000, false],
    ['unknown', Number.NEGATIVE_INFINITY, true],
  ] as const)('%s, %d ms old', (state, ageMs, expected) => {
    expect(isOwnerAlive({ state, ageMs, limitMs: 130_000 })).toBe(expected);
  });
});
