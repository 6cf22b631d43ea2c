import { describe, expect, it } from 'vitest';
import { RolloutError } from '../../src/errors/xgen-error.ts';
import { checkTargets } from '../../src/pipeline/check-targets.ts';
import type { BuildPlan } from '../../src/plan/build-plan.ts';
import type { InfraState } from '../../src/ports/sources.ts';
import { rolloutContext, rolloutPlan } from '../fakes/rollout-context.ts';
import { rolloutStore } from '../fakes/rollout-store.ts';
import { numbered, running, scriptedTarget, type TargetScript } from '../fakes/scripted-target.ts';

const b41 = numbered(41);

async function check(
  plan: BuildPlan,
  scripts: Readonly<Record<string, TargetScript>> = {},
  infra: InfraState = { commit: null, dirty: false },
) {
  const { target, calls } = scriptedTarget(scripts);
  const { context } = rolloutContext({
    target,
    store: rolloutStore().store,
    sources: { infraState: () => Promise.resolve(infra) },
  });
  const checked = await checkTargets({ plan, ports: context.ports, signal: context.signal });
  return { checked, calls };
}

describe('the check of targets before a build', () => {
  it('reads every target and brings back what killed rollouts left', async () => {
    const { checked, calls } = await check(rolloutPlan([{ env: 'dev' }, { env: 'prd' }]), {
      dev: { state: running(b41) },
    });
    expect(checked.targets).toMatchObject([
      { target: { env: 'dev' }, state: { number: 41 }, samePlaceAs: null },
      { target: { env: 'prd' }, state: { status: 'missing' }, samePlaceAs: null },
    ]);
    expect(calls.toSorted()).toStrictEqual(['dev recover', 'prd recover']);
  });

  it.each([
    [
      'another site',
      running(b41, { site: 'aww' }),
      'dev: xgen-core runs b41 of the site aww, and asked for is main',
      'for that site: --site aww; if main is to take its place, repeat the command with --switch-site',
    ],
    [
      'an image of which nobody knows the site',
      running(b41, { site: null, number: null, image: 'localhost:30500/xgen/xgen-core:latest-amd64' }),
      `dev: xgen-core runs localhost:30500/xgen/xgen-core:latest-amd64, and it is not known which site's that is; asked for is main`,
      'if main is to run there, repeat the command with --switch-site',
    ],
  ])('refuses a deployment that runs %s, unless that is asked for (defect 17)', async (...row) => {
    const [, state, message, hint] = row;
    const refused = check(rolloutPlan(), { dev: { state } });
    await expect(refused).rejects.toMatchObject({ code: 'SITE_MISMATCH', exitCode: 2, message, hint });
    const asked = check(rolloutPlan([{}], { parameters: { switchSite: true } }), { dev: { state } });
    await expect(asked).resolves.toBeDefined();
  });

  it('notices that two environments are one place (defect 5)', async () => {
    const { checked } = await check(rolloutPlan([{ env: 'dev' }, { env: 'prd' }]), {
      dev: { identity: 'one' },
      prd: { identity: 'one' },
    });
    expect(checked.targets.map(({ samePlaceAs }) => samePlaceAs)).toStrictEqual([null, 'dev']);
  });

  it('tells all that is wrong at once, the first first', async () => {
    const wrong = (message: string) => new RolloutError({ code: 'TARGET_UNREACHABLE', message });
    const refused = check(rolloutPlan([{ env: 'dev' }, { env: 'prd' }]), {
      dev: { inspect: wrong('dev: no answer') },
      prd: { check: wrong('prd: no answer') },
    });
    await expect(refused).rejects.toMatchObject({ message: 'dev: no answer', evidence: ['prd: no answer'] });
  });

  it('refuses a first target that is missing and cannot be made', async () => {
    const missing = { state: { status: 'missing', canCreate: false } } as const;
    const plan = rolloutPlan([{ env: 'stage' }, { env: 'prd' }]);
    await expect(check(plan, { stage: missing })).rejects.toMatchObject({ code: 'DEPLOYMENT_MISSING' });
    await expect(check(plan, { prd: missing })).resolves.toBeDefined();
  });

  it.each([
    ['dev', {}, 'is let pass'],
    ['stage', { onFailure: 'warn' }, 'is let pass'],
    ['dev', { protected: true }, 'DEPLOYMENT_MISSING'],
    ['stage', { onFailure: 'rollback' }, 'DEPLOYMENT_MISSING'],
    ['prd', {}, 'DEPLOYMENT_MISSING'],
  ] as const)('says of what is missing in %s with %j: %s', async (env, changes, expected) => {
    const missing = { state: { status: 'missing', canCreate: false } } as const;
    const plan = rolloutPlan([{ env, ...changes }]);
    const said = await check(plan, { [env]: missing }).then(
      () => 'is let pass',
      (error: { code: string }) => error.code,
    );
    expect(said).toBe(expected);
  });

  it.each([
    [{ commit: null, dirty: true }, 'prd is protected, and the infra checkout has changes that are not committed'],
    [
      { commit: null, dirty: false, behind: 2 },
      'prd is protected, and the infra checkout is 2 commits behind its remote',
    ],
  ])('refuses a protected environment from another infra than the agreed one', async (infra, message) => {
    const plan = rolloutPlan([{ env: 'prd', protected: true }]);
    await expect(check(plan, {}, infra)).rejects.toMatchObject({ code: 'PROTECTED', exitCode: 2, message });
    await expect(check(rolloutPlan([{ env: 'prd' }]), {}, infra)).resolves.toBeDefined();
    await expect(check(plan, {}, { commit: null, dirty: false, behind: 0 })).resolves.toBeDefined();
  });
});
