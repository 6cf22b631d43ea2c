import { describe, expect, test } from 'vitest';
import { classifyBuildFailure, classifyPushFailure } from '../../src/healing/diagnose.ts';
import type { Rule, Sample } from '../../src/healing/rule.ts';
import { RULES, rulesWithout } from '../../src/healing/rules.ts';

const PUSH = {
  during: 'push',
  reference: 'r.example.com/xgen/core:b1-amd64',
  host: 'r.example.com',
  loginFrom: null,
} as const;

function diagnosisOf({ text, step, during }: Sample, rules: readonly Rule[] = RULES) {
  const error =
    during === 'push'
      ? classifyPushFailure({ ...PUSH, message: text }, rules)
      : classifyBuildFailure(
          {
            during: 'build',
            message: text,
            step: step === undefined ? null : { name: step, error: text, output: [] },
            dockerfile: '',
          },
          rules,
        );
  return { diagnosis: error.diagnosis, hint: error.hint };
}

const SAMPLES = RULES.flatMap((rule) => rule.samples.map((sample) => [rule.id, sample.text, rule, sample] as const));

describe('the table of failures', () => {
  test.each(SAMPLES)('%s: %s', (...[id, , rule, sample]) => {
    const { diagnosis, hint } = diagnosisOf(sample);
    expect(diagnosis).toMatchObject({ rule: id, class: rule.class, remedy: rule.remedy });
    expect(diagnosis?.evidence).toContain(sample.text.slice(0, 80));
    expect(hint).not.toBeNull();
  });

  const HEALING = SAMPLES.filter(([, , rule]) => rule.class !== 'permanent');

  test.each(HEALING)('nothing else heals %s: %s', (...[id, , rule, sample]) => {
    const without = rulesWithout(id);
    const { diagnosis } = diagnosisOf(sample, without);
    expect(diagnosis?.class, `${rule.id} is doubled by ${diagnosis?.rule ?? ''}`).toBe('permanent');
  });

  test('every rule has an id of its own, a sample or another way to know a failure, and a source', () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    for (const rule of RULES) {
      expect(rule.id).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
      expect(rule.samples.length + (rule.codes?.length ?? 0), rule.id).toBeGreaterThan(0);
      expect(rule.source).not.toBe('');
    }
  });

  test('an unknown failure is permanent and quoted', () => {
    expect(diagnosisOf({ text: 'something that nobody has seen' }).diagnosis).toMatchObject({
      rule: 'unknown',
      class: 'permanent',
      title: 'unknown failure',
      evidence: 'something that nobody has seen',
    });
  });

  test('rules can be taken out by name, and only by the right one', () => {
    expect(rulesWithout('layer-missing, rate-limit')).toHaveLength(RULES.length - 2);
    expect(rulesWithout('')).toEqual(RULES);
    expect(() => rulesWithout('layer-mising')).toThrow('did you mean "layer-missing"');
  });
});
