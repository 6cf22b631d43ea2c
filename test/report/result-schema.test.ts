import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { BuildResult } from '../../src/ports/result.ts';
import { ERROR_CODES } from '../../src/errors/codes.ts';
import { errorsPage } from '../../src/report/errors-page.ts';
import { healingPage } from '../../src/report/healing-page.ts';
import { resultJson } from '../../src/report/result-json.ts';
import { BuildResultSchema, RefusalSchema, resultSchemaText } from '../../src/report/result-schema.ts';
import { attempt } from '../fakes/attempt.ts';
import { BUILD_FAILED, ROLLOUT_EXITED, sampleResult, sampleRollout } from './sample-events.ts';

type Frozen<T> = T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> } : T;
type Described = Frozen<z.infer<typeof BuildResultSchema>>;

/** These two only have to compile: the schema and the type say the same. */
const described = (result: BuildResult): Described => result;
const typed = (result: Described): BuildResult => result;

describe('the schema of the result', () => {
  test.each([
    ['a build that succeeded', sampleResult()],
    [
      'a build that failed early',
      sampleResult({
        status: 'failed',
        number: null,
        commit: null,
        image: null,
        buildImage: null,
        digest: null,
        built: false,
        attempts: [attempt({ outcome: 'permanent', rule: 'step-failed', remedy: 'none' })],
        rollouts: [],
        error: BUILD_FAILED,
      }),
    ],
    [
      'a rollout that failed',
      sampleResult({
        status: 'unstable',
        rollouts: [
          sampleRollout({ status: 'rolled-back', error: ROLLOUT_EXITED, digest: null }),
          sampleRollout({ env: 'prd', status: 'not-started', previous: null, rollbackCommand: null }),
        ],
      }),
    ],
  ])('accepts %s, unchanged', (_, result) => {
    expect(typed(described(BuildResultSchema.parse(JSON.parse(resultJson(result)))))).toEqual(result);
  });

  test.each([
    ['a digest that is none', { digest: 'sha256:12' }],
    ['an unknown status', { status: 'fine' }],
    ['a key that it does not know', { extra: 1 }],
    ['an error code that is not listed', { error: { ...BUILD_FAILED, code: 'OOPS' } }],
  ])('refuses %s', (_, change) => {
    expect(BuildResultSchema.safeParse({ ...sampleResult(), ...change }).success).toBe(false);
  });
});

test('a command that ended before it began has an error and little else', () => {
  const refusal = { schemaVersion: 1, status: 'failed', error: { ...BUILD_FAILED, code: 'USAGE', stage: null } };
  expect(RefusalSchema.parse(refusal)).toEqual(refusal);
  expect(BuildResultSchema.safeParse(refusal).success).toBe(false);
  expect(resultSchemaText()).toContain('"#/$defs/refusal"');
});

test.each(Object.keys(ERROR_CODES))('the page says what to do about %s', (code) => {
  expect(errorsPage()).toMatch(new RegExp(`^\\| \`${code}\` .*\\S +\\|$`, 'm'));
});

describe('the generated pages', () => {
  test.each([
    ['result.schema.json', resultSchemaText],
    ['errors.md', errorsPage],
    ['healing.md', healingPage],
  ])('docs/%s is as scripts/generate-docs.ts writes it', async (name, generate) => {
    expect(await readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8')).toBe(generate());
  });
});
