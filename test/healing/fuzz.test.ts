import { expect, test } from 'vitest';
import { classifyBuildFailure, classifyPushFailure } from '../../src/healing/diagnose.ts';
import { RULES } from '../../src/healing/rules.ts';

const TEXTS = RULES.flatMap(({ samples }) => samples.map(({ text }) => text));
const STEPS = [
  '[2/3] RUN one',
  '[3/3] COPY . .',
  '[internal] load metadata for r.example.com/x:1',
  '[1/3] FROM r/x:1',
  null,
];
const ROUNDS = 3_000;

/** Numbers that look random and are the same in every run: a failure can be looked at again. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Random = ReturnType<typeof createRandom>;

function pick<T>(random: Random, from: readonly T[]): T {
  const one = from[random(from.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}

function mutate(random: Random, text: string): string {
  const at = random(text.length + 1);
  const kinds = [
    () => text.slice(0, at),
    () => text.slice(at),
    () => text.slice(0, at) + pick(random, ['\n', ']: ', '"', '\u0000', '…', ': ', '[']) + text.slice(at),
    () => text.slice(0, at) + pick(random, TEXTS) + text.slice(at),
    () => text.toUpperCase(),
    () => `${text}${' x'.repeat(random(2_000))}`,
    () => text.split(' ').toReversed().join(' '),
  ];
  return pick(random, kinds)();
}

test('mutated errors are always diagnosed, quoted in one line, and never crash the classifier', () => {
  const random = createRandom(7);
  for (let round = 0; round < ROUNDS; round += 1) {
    const message = mutate(random, mutate(random, pick(random, TEXTS)));
    const name = pick(random, [...STEPS.filter((step) => step !== null), '']);
    const step = name === '' ? null : { name, error: message, output: [pick(random, TEXTS)] };
    const push = { during: 'push', message, reference: 'r/x:b1', host: 'r', loginFrom: null } as const;
    const built = classifyBuildFailure({ during: 'build', message, step, dockerfile: 'FROM x\nRUN one\n' }, RULES);
    for (const { diagnosis } of [built, classifyPushFailure(push, RULES)]) {
      expect(diagnosis).not.toBeNull();
      expect(diagnosis?.evidence.length).toBeLessThanOrEqual(300);
      expect(diagnosis?.evidence).not.toMatch(/[\r\n]/);
    }
  }
});

test('what a step printed, and the command that an error quotes, is no damage whatever its words', () => {
  const random = createRandom(11);
  for (let round = 0; round < ROUNDS; round += 1) {
    const words = mutate(random, pick(random, TEXTS));
    const code = 1 + random(136);
    const message = pick(random, [
      `executor failed running [/bin/sh -c echo '${words}']: exit code: ${code}`,
      `failed to solve: process "/bin/sh -c echo '${words}'" did not complete successfully: exit code: ${code}`,
    ]);
    const step = { name: `[2/3] RUN echo '${words}'`, error: message, output: [words, pick(random, TEXTS)] };
    const { diagnosis } = classifyBuildFailure({ during: 'build', message, step, dockerfile: '' }, RULES);
    expect(diagnosis, message).toMatchObject({ class: 'permanent', rule: 'step-failed' });
  }
});
