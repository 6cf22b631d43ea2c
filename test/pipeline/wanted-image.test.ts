import { describe, expect, test } from 'vitest';
import { decideBuild } from '../../src/plan/build-reason.ts';
import type { BuildPlan } from '../../src/plan/build-plan.ts';
import { fingerprintOf, summaryOf, type FingerprintInputs } from '../../src/plan/fingerprint.ts';
import { wantedImage, type CentralView } from '../../src/pipeline/wanted-image.ts';
import { planFor } from '../fakes/build-plan.ts';

const COMMIT = 'a'.repeat(40);
const DOCKERFILE = 'FROM alpine:3 AS run\nCOPY . /srv\n';

function viewOf(dockerfile: string, mode = 0o644): CentralView {
  const content = Buffer.from(dockerfile);
  const file = { name: 'Dockerfile', path: 'dockerfiles/x/Dockerfile', content, mode, modifiedAt: new Date(0) };
  return {
    files: [file],
    dockerfileText: dockerfile,
    bases: [{ image: 'alpine:3', digest: `sha256:${'1'.repeat(64)}` }],
  };
}

interface World {
  readonly plan: BuildPlan;
  readonly commit: string;
  readonly view: CentralView;
}

const WORLD: World = { plan: planFor(), commit: COMMIT, view: viewOf(DOCKERFILE) };
const source = (change: Partial<BuildPlan['source']>): Partial<World> => ({
  plan: { ...WORLD.plan, source: { ...WORLD.plan.source, ...change } },
});

/** What a person changes to change one input; null: a constant of this program. */
const CHANGES: Readonly<Record<keyof FingerprintInputs, Partial<World> | null>> = {
  semanticsVersion: null,
  repository: source({ url: 'https://git.example.com/other/xgen-core.git' }),
  commit: { commit: 'b'.repeat(40) },
  overlay: { view: { ...viewOf(DOCKERFILE), files: viewOf(DOCKERFILE, 0o755).files } },
  args: { plan: planFor({ args: { TARGETARCH: 'amd64', X: '1' } }) },
  target: { plan: planFor({ target: 'run' }) },
  platform: { plan: planFor({ platform: 'linux/arm64' }) },
  context: { plan: planFor({ context: 'app' }) },
  submodules: source({ submodules: true }),
  baseImages: { view: { ...WORLD.view, bases: [{ image: 'alpine:3', digest: `sha256:${'2'.repeat(64)}` }] } },
  secretIds: { plan: planFor({ secrets: [{ id: 'ca', kind: 'env', variable: 'CA' }] }) },
};

function wanted({ plan, commit, view }: World) {
  return wantedImage(plan, commit, view);
}

function verdict(world: World) {
  const { inputs } = wanted(WORLD);
  const digest = `sha256:${'d'.repeat(64)}` as const;
  const previous = {
    number: 41,
    digest,
    commit: COMMIT,
    fingerprint: fingerprintOf(inputs),
    inputs: summaryOf(inputs),
  };
  return decideBuild({ previous, wanted: wanted(world), parameters: world.plan.parameters });
}

describe('what a person changes', () => {
  test('nothing: nothing is built', () => {
    expect(verdict(WORLD)).toEqual({ build: false, reason: 'unchanged since b41' });
  });

  test.each(Object.keys(wanted(WORLD).inputs) as (keyof FingerprintInputs)[])(
    '%s: that alone, and it is built',
    (input) => {
      const change = CHANGES[input];
      expect(change === null).toBe(input === 'semanticsVersion');
      if (change === null) return;
      const before = wanted(WORLD).inputs;
      const now = wanted({ ...WORLD, ...change }).inputs;
      const names = Object.keys(now) as (keyof FingerprintInputs)[];
      expect(names.filter((name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]))).toEqual([input]);
      expect(verdict({ ...WORLD, ...change }).build).toBe(true);
    },
  );

  test.each([
    ['ADD https://example.com/model.bin /srv/', true],
    ['ADD git@github.com:x/y.git /srv/', true],
    ['ARG FILE=x\nADD $FILE /srv/', true],
    [
      'ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/a /a',
      false,
    ],
    [`ADD https://github.com/x/y.git#${'a'.repeat(40)} /srv/`, false],
    ['ADD www /srv/', false],
  ])('what the Dockerfile takes from elsewhere: %s', (line, isDoubtful) => {
    const { doubt } = wantedImage(WORLD.plan, COMMIT, viewOf(`${DOCKERFILE}${line}\n`));
    expect(doubt !== null).toBe(isDoubtful);
  });
});
