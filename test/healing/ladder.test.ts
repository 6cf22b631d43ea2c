import { describe, expect, test } from 'vitest';
import type { Diagnosis, StepName } from '../../src/errors/diagnosis.ts';
import { diagnosisBy } from '../../src/healing/diagnose.ts';
import { backoffMs, LIMITS, nextStep, type PastTry, type Situation } from '../../src/healing/ladder.ts';
import { RULES } from '../../src/healing/rules.ts';

function failure(rule: string, change: Partial<Diagnosis> = {}): Diagnosis {
  const found = RULES.find(({ id }) => id === rule);
  if (found === undefined) throw new Error(`there is no rule ${rule}`);
  return { ...diagnosisBy(found, 'as it was said'), ...change };
}

function past(...tries: readonly (readonly [rule: string, step: StepName])[]): PastTry[] {
  return tries.map(([rule, step]) => ({ diagnosis: failure(rule), step }));
}

function after(rule: string, before: readonly PastTry[] = [], change: Partial<Situation> = {}) {
  const next = nextStep({ past: before, failure: failure(rule), elapsedMs: 0, troubleMs: 0, random: 0.5, ...change });
  return next.kind === 'again' ? next.step : next.kind;
}

const PRUNED = ['layer-missing', 'prune-and-rebuild'] as const;
const ANEW = ['layer-missing', 'remove-images-and-rebuild'] as const;

describe('the step after a failure', () => {
  const table: readonly (readonly [what: string, rule: string, before: readonly PastTry[], next: string])[] = [
    ['a failed step is left to its people', 'step-failed', [], 'give-up'],
    ['a wrong name is not asked for twice', 'base-image-missing', [], 'give-up'],
    ['a refused login is shown once more', 'login-refused', [], 'log-in-again'],
    ['and not again', 'login-refused', past(['login-refused', 'log-in-again']), 'give-up'],
    ['damage empties the cache', 'layer-missing', [], 'prune-and-rebuild'],
    ['damage that may pass is tried plainly first', 'snapshot-missing', [], 'retry'],
    ['then the cache goes', 'snapshot-missing', past(['snapshot-missing', 'retry']), 'prune-and-rebuild'],
    ['a plain retry is not for others', 'layer-missing', past(['snapshot-missing', 'retry']), 'prune-and-rebuild'],
    ['an emptied cache is not tried plainly', 'snapshot-missing', past(PRUNED), 'remove-images-and-rebuild'],
    ['damage after that takes the images', 'layer-missing', past(PRUNED), 'remove-images-and-rebuild'],
    ['at the push too', 'layer-file-damaged', past(PRUNED), 'remove-images-and-rebuild'],
    ['and then only a person can help', 'layer-missing', past(PRUNED, ANEW), 'give-up'],
    [
      'a full disk does not climb the ladder',
      'layer-missing',
      past(['disk-full', 'free-space-and-rebuild']),
      'prune-and-rebuild',
    ],
    ['a full disk is cleared once', 'disk-full', [], 'free-space-and-rebuild'],
    ['not twice', 'disk-full', past(['disk-full', 'free-space-and-rebuild']), 'give-up'],
    ['a killed step is tried alone', 'step-killed', [], 'rebuild-alone'],
    ['once', 'builder-killed', past(['step-killed', 'rebuild-alone']), 'give-up'],
    ['an engine that is gone is waited for', 'engine-lost', [], 'wait-for-engine'],
    ['a registry that failed is asked later', 'registry-server-error', [], 'wait-and-retry'],
    ['what vanished is pushed again', 'content-vanished', [], 'push-again'],
    ['a wrong host gets two tries', 'host-unknown', past(['host-unknown', 'wait-and-retry']), 'give-up'],
    ['files that only a start makes', 'engine-files-gone', [], 'give-up'],
  ];
  test.each(table)('%s', (...[, rule, before, next]) => expect(after(rule, before)).toBe(next));

  test('passing trouble is asked a bounded number of times', () => {
    const before: PastTry[] = [];
    while (after('registry-server-error', before) === 'wait-and-retry') {
      before.push(...past(['registry-server-error', 'wait-and-retry']));
    }
    expect(before).toHaveLength(LIMITS.transientTries - 1);
  });

  test('all reasons together are bounded in number and in time', () => {
    const many = RULES.filter((rule) => rule.class === 'transient').flatMap(({ id }) => past([id, 'wait-and-retry']));
    expect(after('layer-missing', many.slice(0, LIMITS.tries - 1))).toBe('give-up');
    expect(after('layer-missing', [], { elapsedMs: LIMITS.elapsedMs })).toBe('give-up');
    expect(after('rate-limit', [], { troubleMs: LIMITS.transientMs })).toBe('give-up');
    expect(after('engine-lost', [], { troubleMs: LIMITS.transientMs })).toBe('wait-for-engine');
  });

  test('what only a person can do is said with its command', () => {
    const situation = {
      past: past(PRUNED, ANEW),
      failure: failure('layer-missing'),
      elapsedMs: 0,
      troubleMs: 0,
      random: 0,
    };
    expect(nextStep(situation)).toMatchObject({
      kind: 'give-up',
      advice: expect.stringContaining('systemctl restart docker'),
    });
  });

  test('Retry-After is obeyed, or named where it is too long', () => {
    const base = { past: [], elapsedMs: 0, troubleMs: 0, random: 0 };
    const short = failure('rate-limit', { retryAfterMs: 20_000 });
    expect(nextStep({ ...base, failure: short })).toEqual({ kind: 'again', step: 'wait-and-retry', waitMs: 20_000 });
    const long = failure('rate-limit', { retryAfterMs: 6 * 3_600_000 });
    expect(nextStep({ ...base, failure: long })).toMatchObject({ advice: expect.stringContaining('360 minutes') });
  });

  test('waits double, are never longer than the limit, and are spread', () => {
    expect([1, 2, 3, 4].map((tried) => backoffMs(tried, 0.999_999))).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(backoffMs(3, 0)).toBe(2_000);
    expect(backoffMs(30, 0.999_999)).toBe(LIMITS.longestWaitMs);
  });
});
