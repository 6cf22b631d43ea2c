import { describe, expect, it } from 'vitest';
import { classifyBuildFailure, classifyPushFailure } from '../../src/healing/diagnose.ts';
import { RULES } from '../../src/healing/rules.ts';

/** Words of rules that heal: what somebody may write into a Dockerfile so that a cache is emptied for nothing. */
const WORDS = RULES.filter((rule) => rule.class !== 'permanent').flatMap(({ samples }) =>
  samples.map(({ text }) => text),
);

/** Errors of a builder with a place for what the author of a Dockerfile chose. Go quotes a path as JSON does. */
const PLACES: Readonly<Record<string, { readonly step: string; readonly message: (words: string) => string }>> = {
  'a source that is missing': {
    step: '[2/2] COPY x .',
    message: (words) => `failed to compute cache key: ${JSON.stringify(`/${words}`)} not found: not found`,
  },
  'a source that is missing, as newer engines say it': {
    step: '[2/2] COPY x .',
    message: (words) =>
      `failed to solve: failed to compute cache key: failed to calculate checksum of ref a::b: ${JSON.stringify(`/${words}`)}: not found`,
  },
  'an instruction that is none': {
    step: '',
    message: (words) => `dockerfile parse error line 3: unknown instruction: ${words.toUpperCase()}`,
  },
  'a command that fails': {
    step: '[2/2] RUN x',
    message: (words) => `executor failed running [/bin/sh -c echo ${words}; false]: exit code: 1`,
  },
  'a command that fails, as newer engines say it': {
    step: '[2/2] RUN x',
    message: (words) =>
      `failed to solve: process "/bin/sh -c echo ${words}; false" did not complete successfully: exit code: 1`,
  },
  'a stage that is not there': {
    step: '',
    message: (words) => `failed to solve: target stage ${words.replaceAll(/[^\w.-]/g, '-')} could not be found`,
  },
  'a secret that is not there': {
    step: '[2/2] RUN x',
    message: (words) => `failed to solve: secret ${words.replaceAll(/[^\w.-]/g, '-')}: not found`,
  },
};

describe.each(Object.entries(PLACES))('%s', (_, { step, message }) => {
  it.each(WORDS)('is permanent where it is called %j', (words) => {
    const text = message(words);
    const failed = step === '' ? null : { name: step, error: text, output: [words] };
    const { diagnosis } = classifyBuildFailure(
      { during: 'build', message: text, step: failed, dockerfile: `FROM x\nCOPY x .\nRUN ${words}\n` },
      RULES,
    );
    expect(diagnosis, text).toMatchObject({ class: 'permanent', remedy: 'none' });
  });
});

it.each(WORDS)('a refusal of a push quotes a repository called %j, and stays one', (words) => {
  const path = words.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase();
  const message = `denied: requested access to the resource r.example.com/${path} is denied`;
  const failure = {
    during: 'push',
    message,
    reference: `r.example.com/${path}:b1-amd64`,
    host: 'r',
    loginFrom: 'x',
  } as const;
  expect(classifyPushFailure(failure, RULES).diagnosis).toMatchObject({ class: 'permanent', remedy: 'none' });
});
