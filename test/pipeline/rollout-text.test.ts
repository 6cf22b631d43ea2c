import { expect, it } from 'vitest';
import { commandBack } from '../../src/pipeline/rollout-text.ts';
import { formatImage, withDigest } from '../../src/values/image-reference.ts';
import { rolloutPlan } from '../fakes/rollout-context.ts';
import { numbered, running } from '../fakes/scripted-target.ts';
import { targetPlan } from '../fakes/target-plan.ts';

const [b41, b42] = [numbered(41), numbered(42)];
const target = targetPlan();
const here = { ...b41, reference: withDigest(target.repository, b41.digest) };
const elsewhere = { ...b41, reference: withDigest({ host: 'elsewhere:5000', path: 'xgen/xgen-core' }, b41.digest) };
const previous = { number: 41, digest: b41.digest };

it.each([
  ['nexus', here, '--to b41'],
  ['local', here, '--to b41 --registry local'],
  ['nexus', elsewhere, '--to b41 --registry local'],
  ['local', elsewhere, '--to b41'],
] as const)('a build for %s names the registry of the image that ran before (case %#)', (registry, image, end) => {
  const parameters = { ...rolloutPlan().parameters, registry };
  const ran = running(b41, { image: formatImage(image.reference) });
  const ranEarlier = running(b42, { proven: [image] });
  for (const before of [ran, ranEarlier]) {
    expect(commandBack(target, before, { previous, parameters })).toBe(
      `xgen-build rollback xgen-core --site main --env dev ${end}`,
    );
  }
});

it('takes the registry of another site for its own', () => {
  const parameters = { ...rolloutPlan().parameters, registry: 'local' } as const;
  const before = running(b41, { image: formatImage(elsewhere.reference), site: 'aww' });
  expect(commandBack(target, before, { previous, parameters })).toBe(
    'xgen-build rollback xgen-core --site aww --env dev --to b41 --switch-site',
  );
});
