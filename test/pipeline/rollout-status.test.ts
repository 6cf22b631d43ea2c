import { describe, expect, it } from 'vitest';
import { firstRolloutError, statusOf } from '../../src/pipeline/rollout-status.ts';
import { untouched } from '../../src/pipeline/rollout-result.ts';
import type { RolloutStatus } from '../../src/ports/result.ts';
import type { TargetPlan } from '../../src/ports/target.ts';
import { targetPlan } from '../fakes/target-plan.ts';

type Case = readonly [string, readonly [RolloutStatus, Partial<TargetPlan>][], 'succeeded' | 'unstable' | 'failed'];

describe('what rollouts make of a build', () => {
  it.each<Case>([
    ['no rollouts', [], 'succeeded'],
    [
      'all proven',
      [
        ['succeeded', {}],
        ['succeeded', {}],
      ],
      'succeeded',
    ],
    [
      'one excluded',
      [
        ['skipped', {}],
        ['succeeded', {}],
      ],
      'succeeded',
    ],
    ['a failure that only warns (defect 10)', [['failed', { onFailure: 'warn' }]], 'unstable'],
    ['a failure that fails (defect 10)', [['failed', { onFailure: 'fail' }]], 'failed'],
    ['going back where that is wanted', [['rolled-back', { onFailure: 'rollback' }]], 'failed'],
    ['going back where a failure only warns', [['rolled-back', { onFailure: 'warn' }]], 'unstable'],
    [
      'one not started after a warning',
      [
        ['failed', { onFailure: 'warn' }],
        ['not-started', {}],
      ],
      'failed',
    ],
    [
      'one place twice (defect 5)',
      [
        ['succeeded', {}],
        ['same-cluster', {}],
      ],
      'unstable',
    ],
    [
      'one place twice on purpose',
      [
        ['succeeded', {}],
        ['same-cluster', { sameAs: 'e0' }],
      ],
      'succeeded',
    ],
    [
      'one place twice after a warning',
      [
        ['failed', { onFailure: 'fail' }],
        ['same-cluster', {}],
      ],
      'failed',
    ],
  ])('%s', (_name, cases, expected) => {
    const rollouts = cases.map(([status], index) => untouched(`e${String(index)}`, { status, detail: '' }));
    const targets = cases.map(([, changes], index) => targetPlan({ env: `e${String(index)}`, ...changes }));
    expect(statusOf(rollouts, { targets })).toBe(expected);
  });

  it('takes the first error for that of the build', () => {
    const error = { code: 'ROLLOUT_EXITED', message: 'x', stage: 'rollout dev', hint: null, evidence: [] } as const;
    const results = [
      untouched('a', { status: 'succeeded', detail: '' }),
      untouched('b', { status: 'failed', detail: '', error }),
    ];
    expect(firstRolloutError(results)).toBe(error);
    expect(firstRolloutError([])).toBeNull();
  });
});
