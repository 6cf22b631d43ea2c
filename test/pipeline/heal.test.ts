import { describe, expect, it } from 'vitest';
import { classifyBuildFailure } from '../../src/healing/diagnose.ts';
import { RULES, rulesWithout } from '../../src/healing/rules.ts';
import { lacksRoom } from '../../src/pipeline/use-engine.ts';
import { createHealer, type Healer, type TryMode } from '../../src/pipeline/heal.ts';
import { healedText, shortEvidence } from '../../src/pipeline/heal-words.ts';
import type { BuildEventBody } from '../../src/ports/events.ts';
import type { AttemptResult } from '../../src/ports/result.ts';
import type { Upkeep } from '../../src/ports/upkeep.ts';
import { planFor } from '../fakes/build-plan.ts';
import { rolloutContext } from '../fakes/rollout-context.ts';
import { scriptedStore } from '../fakes/scripted-store.ts';
import { scriptedTarget } from '../fakes/scripted-target.ts';
import { unexpectedUpkeep } from '../fakes/unexpected-upkeep.ts';

const DAMAGE = 'failed to get layer sha256:1f3c: layer does not exist';

function failing(message: string, rules = RULES): Error {
  return classifyBuildFailure({ during: 'build', message, step: null, dockerfile: '' }, rules);
}

interface World {
  readonly healer: Healer;
  readonly events: readonly BuildEventBody[];
  /** What was done to the engine, in order. */
  readonly done: string[];
  readonly attempts: () => readonly AttemptResult[];
}

function worldWith(change: Partial<Upkeep> = {}): World {
  const done: string[] = [];
  const turn = (name: string) => ({
    letOthersIn: async () => void done.push(`${name}: others in`),
    release: async () => void done.push(`${name}: released`),
  });
  const upkeep: Upkeep = {
    ...unexpectedUpkeep,
    share: async () => turn('share'),
    takeAlone: async () => {
      done.push('alone');
      return turn('alone');
    },
    prune: async ({ kind }) => {
      done.push(`prune ${kind}`);
      return { freedBytes: 1_200_000_000 };
    },
    cacheBytes: async () => 4_000,
    awaitAnswer: async () => true,
    resources: async () => ({ name: 'ci-7', memoryBytes: 2_000_000_000, freeDiskBytes: null }),
    ...change,
  };
  const { target } = scriptedTarget();
  const { context, events } = rolloutContext({ target, store: scriptedStore().store });
  const ports = { ...context.ports, upkeep };
  const healer = createHealer({ plan: planFor(), context: { ...context, ports, note: () => undefined } });
  const attempts = (): AttemptResult[] => events.flatMap((event) => (event.kind === 'attempt' ? [event.attempt] : []));
  return { healer, events, done, attempts };
}

/** A piece of work that fails with these texts, one after another, and then succeeds. */
function work(texts: readonly string[], rules = RULES) {
  const left = [...texts];
  const modes: TryMode[] = [];
  const run = async (mode: TryMode): Promise<string> => {
    modes.push(mode);
    const text = left.shift();
    if (text !== undefined) throw failing(text, rules);
    return 'built';
  };
  return { stage: 'build', run, modes };
}

describe('a build that fails', () => {
  it('with damage empties the cache with the engine alone, and is built without it', async () => {
    const { healer, done, attempts } = worldWith();
    await healer.ready();
    const job = work([DAMAGE]);
    expect(await healer.heal(job)).toBe('built');
    expect(job.modes).toEqual([
      { noCache: false, rebuild: false },
      { noCache: true, rebuild: true },
    ]);
    expect(done.filter((step) => step !== 'share: others in')).toEqual([
      'share: released',
      'alone',
      'prune layers',
      'alone: others in',
      'alone: others in',
    ]);
    expect(attempts()).toMatchObject([
      { stage: 'build', rule: 'layer-missing', outcome: 'cache-damage', remedy: 'prune-and-rebuild', at: 'ci-7' },
    ]);
    expect(healer.told('build')).toBe('cache damaged (layer does not exist) · pruned 1.2 GB');
    expect(healer.told('push')).toBe('');
  });

  it('with damage once its rule is taken out fails with the text', async () => {
    const { healer, attempts } = worldWith();
    const job = work([DAMAGE], rulesWithout('layer-missing'));
    await expect(healer.heal(job)).rejects.toMatchObject({ message: expect.stringContaining('unknown failure') });
    expect(attempts()).toMatchObject([{ rule: 'unknown', outcome: 'unknown-failure', remedy: 'none' }]);
  });

  it('by a step of its own is not tried again, and its error is untouched', async () => {
    const { healer, done } = worldWith();
    const job = work(['executor failed running [/bin/sh -c layer does not exist]: exit code: 1']);
    await expect(healer.heal(job)).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: 'a step failed with exit code 1',
    });
    expect(job.modes).toHaveLength(1);
    expect(done).toEqual([]);
  });

  it('for lack of memory has the engine alone once, and then says how much there is', async () => {
    const { healer, done, attempts } = worldWith();
    const killed = 'executor failed running [/bin/sh -c one]: exit code: 137';
    await expect(healer.heal(work([killed, killed]))).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      hint: expect.stringContaining('ci-7 has 2.0 GB of memory'),
    });
    expect(done).toEqual(['alone', 'alone: others in']);
    expect(attempts().map(({ remedy }) => remedy)).toEqual(['rebuild-alone', 'none']);
  });

  it('on a full disk keeps the newer half of the cache, warns, and tries once more', async () => {
    const scopes: unknown[] = [];
    const { healer, events } = worldWith({
      prune: async (scope) => {
        scopes.push(scope);
        return { freedBytes: 2_000 };
      },
    });
    expect(await healer.heal(work(['write /x: no space left on device']))).toBe('built');
    expect(scopes).toEqual([{ kind: 'down-to', keepBytes: 2_000 }]);
    expect(events.filter(({ kind }) => kind === 'warning')).toMatchObject([
      { message: expect.stringContaining('the disk of the engine was full: 2.0 kB of its cache were removed') },
    ]);
  });

  it('because the engine went away waits for it, and gives up where it does not come back', async () => {
    const lost = 'rpc error: code = Unavailable desc = error reading from server: EOF';
    const back = worldWith().healer;
    await back.ready();
    expect(await back.heal(work([lost]))).toBe('built');
    const { healer } = worldWith({ awaitAnswer: async () => false });
    await healer.ready();
    await expect(healer.heal(work([lost]))).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
      hint: expect.stringContaining('did not come back within 3 minutes'),
    });
  });

  it('because the engine was never there fails at once', async () => {
    const { healer } = worldWith({ share: () => Promise.reject(new Error('no such socket')) });
    healer.ask();
    const job = work(['Cannot connect to the Docker daemon']);
    await expect(healer.heal(job)).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    expect(job.modes).toHaveLength(1);
  });

  it('whose cache cannot be emptied says so, with the command that does it by hand', async () => {
    const { healer } = worldWith({ takeAlone: () => Promise.reject(new Error('no room for a volume')) });
    await expect(healer.heal(work([DAMAGE]))).rejects.toMatchObject({
      message: expect.stringContaining('layer does not exist'),
      hint: expect.stringContaining('no room for a volume'),
    });
  });
});

it.each([
  ['failed to get layer sha256:1f3c: layer does not exist', 'layer does not exist'],
  [
    'rpc error: code = Unavailable desc = error reading from server: EOF',
    'code = Unavailable desc = error reading from server: EOF',
  ],
  ['failed to prepare cohoo4qlyftb3sv0o2dinv2iw: open /x/committed: no such file or directory', 'failed to prepare …'],
  [
    `x: the layer sha256:${'1'.repeat(64)} is missing after its push`,
    'the layer sha256:1111111… is missing after its push',
  ],
  ['received unexpected HTTP status: 500 Internal Server Error', '500 Internal Server Error'],
  [
    'failed to prepare abc: open /var/lib/docker/overlay2/abcdef/committed: no such file or directory',
    'failed to prepare abc',
  ],
  [
    'error creating overlay mount to /var/lib/docker/overlay2/abcdef/merged: no such file or directory',
    'error creating overlay mount to …',
  ],
])('the evidence %s is short as %s', (evidence, short) => expect(shortEvidence(evidence)).toBe(short));

it('a failure that comes twice is said once', () => {
  const { diagnosis } = classifyBuildFailure(
    { during: 'build', message: 'failed to prepare a', step: null, dockerfile: '' },
    RULES,
  );
  if (diagnosis === null) throw new Error('the table knows it');
  const twice = ['tried again', 'pruned 1 B'].map((done) => ({ stage: 'build', diagnosis, done }));
  expect(healedText(twice)).toBe('cache damaged (failed to prepare a) · tried again · pruned 1 B');
});

it.each([
  [100, 200, { freeBytes: 100, neededBytes: 300 }],
  [300, 200, null],
  [null, 200, null],
  [100, null, null],
])('a disk with %s bytes left and a last build of %s', (freeDiskBytes, last, need) => {
  expect(lacksRoom({ name: 'ci-7', memoryBytes: null, freeDiskBytes }, last)).toEqual(need);
});
