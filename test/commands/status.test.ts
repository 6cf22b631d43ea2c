import { describe, expect, it } from 'vitest';
import { meantByStore, meantByTarget, statusRow } from '../../src/commands/status-rows.ts';
import { statusText } from '../../src/commands/status-text.ts';
import { status } from '../../src/commands/status.ts';
import { RolloutError } from '../../src/errors/xgen-error.ts';
import type { BuildRecord } from '../../src/ports/store.ts';
import { rolloutContext, rolloutPlan } from '../fakes/rollout-context.ts';
import { rolloutStore } from '../fakes/rollout-store.ts';
import { numbered, running, scriptedTarget } from '../fakes/scripted-target.ts';
import { taggedRegistries } from '../fakes/tagged-registries.ts';
import { targetPlan } from '../fakes/target-plan.ts';

const [b41, b42] = [numbered(41), numbered(42)];
const target = targetPlan();
const meant42 = { number: 42, digest: b42.digest, by: 'last rollout' } as const;

function record(number: number, finishedAt: string): BuildRecord {
  const rollouts = [{ env: 'dev', status: 'succeeded', digest: numbered(number).digest }];
  return { number, finishedAt, rollouts } as unknown as BuildRecord;
}

describe('whether what runs is what was meant', () => {
  it.each([
    [running(b42), meant42, true, 'yes'],
    [running(b41), { ...meant42, digest: b41.digest }, true, 'yes, b42 is the same image'],
    [running(b41), meant42, false, 'runs b41, meant b42'],
    [running(b41, { number: null }), meant42, false, 'runs 414141414141, meant 424242424242'],
    [
      running(b41, { digest: null, runs: [b41.digest, b42.digest] }),
      { ...meant42, number: null },
      false,
      'pods run 2 different images, meant 424242424242',
    ],
    [running(b42, { running: false }), meant42, false, 'stopped'],
    [running(b42, { site: 'aww' }), meant42, false, 'runs site aww'],
    [running(b42, { site: null }), meant42, false, 'runs an image of an unknown site'],
    [running(b42), null, null, 'nothing to compare with'],
    [{ status: 'missing', canCreate: true } as const, meant42, false, 'not there'],
    [{ status: 'missing', canCreate: true } as const, null, null, 'not there'],
  ])('case %#', (...row) => {
    const [state, meant, asMeant, verdict] = row;
    expect(statusRow(target, { kind: 'read', state }, meant)).toMatchObject({ asMeant, verdict });
  });

  it('goes by the last rollout that succeeded here, unless another machine proved one later', () => {
    const read = (since: string) => ({ kind: 'read', state: running(b42, { since }) }) as const;
    const records = [record(41, '2026-03-09T04:00:00.000Z')];
    expect(meantByStore(target, records, read('2026-03-09T03:00:00.000Z'))).toMatchObject({ number: 41 });
    expect(meantByStore(target, records, read('2026-03-09T05:00:00.000Z'))).toMatchObject({ number: 42 });
    expect(meantByStore(target, [], read('2026-03-09T05:00:00.000Z'))).toBeNull();
  });

  it.each([
    [running(b41), 41],
    [running(b41, { isProven: false }), undefined],
    [running(b41, { site: 'aww' }), undefined],
    [{ status: 'missing', canCreate: false } as const, undefined],
  ])('goes by what the target itself says that ran well, on a machine that knows nothing', (state, number) => {
    expect(meantByTarget(target, { kind: 'read', state })?.number).toBe(number);
  });
});

it('names no site where nothing runs', () => {
  const missing = statusRow(target, { kind: 'read', state: { status: 'missing', canCreate: true } }, null);
  const text = statusText([missing], { now: new Date(), width: 120 });
  expect(text.split('\n')[1]).toMatch(/^xgen-core {2}- +dev .* not there$/);
});

describe('status', () => {
  const tags = { 'latest-amd64': { digest: b42.digest } };

  it('shows a line per target, none wider than the window, and exits with 1 where one does not answer', async () => {
    const unreachable = new RolloutError({ code: 'TARGET_UNREACHABLE', message: 'prd: no answer', hint: 'start it' });
    const { target: fake } = scriptedTarget({ dev: { state: running(b42) }, prd: { inspect: unreachable } });
    const { context } = rolloutContext({ target: fake, store: rolloutStore().store });
    const ports = { ...context.ports, registries: taggedRegistries(tags) };
    const plans = [rolloutPlan([{ env: 'dev' }, { env: 'prd' }])];
    const now = new Date('2026-03-09T07:00:00Z');
    const options = { plans, ports, now, width: 140, signal: context.signal };
    const outcome = await status(options);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.text.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))).toStrictEqual([
      'SERVICE | SITE | ENV | BUILD | COMMIT | DIGEST | SINCE | BY | AS MEANT',
      'xgen-core | main | dev | b42 | ccccccc | 424242424242 | 3 hours ago | jiwon@ci-7 | yes',
      'xgen-core | main | prd | - | - | - | - | - | unreachable',
      '',
      'prd: no answer',
      '→ start it',
      '',
    ]);
    const narrow = await status({ ...options, width: 50 });
    expect(Math.max(...narrow.text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(50);
    expect(outcome.json).toMatchObject({
      schemaVersion: 1,
      targets: [{ asMeant: true }, { error: { code: 'TARGET_UNREACHABLE' } }],
    });
  });
});
