import { describe, expect, it } from 'vitest';
import { AbortReason } from '../../src/errors/abort-reason.ts';
import { RolloutError } from '../../src/errors/xgen-error.ts';
import { checkTargets } from '../../src/pipeline/check-targets.ts';
import { rollOut } from '../../src/pipeline/rollout.ts';
import type { RollOutRequest } from '../../src/pipeline/rollout-request.ts';
import type { BuildPlan } from '../../src/plan/build-plan.ts';
import type { BuildRecord } from '../../src/ports/store.ts';
import { rolloutContext, rolloutPlan } from '../fakes/rollout-context.ts';
import { rolloutStore, type RolloutStoreScript } from '../fakes/rollout-store.ts';
import { numbered, running, scriptedTarget, type TargetScript } from '../fakes/scripted-target.ts';

const b41 = numbered(41);
const b42 = numbered(42);
const exited = new RolloutError({ code: 'ROLLOUT_EXITED', message: `exited with 1 · "KeyError: 'REDIS_HOST'"` });
const both = [{ env: 'dev' }, { env: 'prd' }];

interface Scene {
  readonly plan?: BuildPlan;
  readonly targets?: Readonly<Record<string, TargetScript>>;
  readonly store?: RolloutStoreScript;
  readonly signal?: AbortSignal;
  readonly request?: Partial<RollOutRequest>;
}

async function play(scene: Scene) {
  const plan = scene.plan ?? rolloutPlan();
  const { target, calls, state } = scriptedTarget(scene.targets);
  const kept = rolloutStore(scene.store);
  const { context, events } = rolloutContext({
    target,
    store: kept.store,
    ...(scene.signal === undefined ? {} : { signal: scene.signal }),
  });
  const checked = await checkTargets({ plan, ports: context.ports, signal: new AbortController().signal });
  calls.length = 0;
  const results = rollOut({ plan, context, checked, image: b42, ...scene.request });
  return { results, calls, events, state, kept };
}

describe('a rollout', () => {
  it('recovers, keeps the snapshot, applies, proves and says so, under a lock of its own', async () => {
    const { results, calls, events, kept } = await play({ targets: { dev: { state: running(b41) } } });
    expect(await results).toMatchObject([
      {
        env: 'dev',
        status: 'succeeded',
        digest: b42.digest,
        detail: `answers 200 on /health, runs sha256:424242424242…`,
        error: null,
      },
    ]);
    expect(calls).toStrictEqual(['dev recover', 'dev apply b42', 'dev prove b42']);
    expect(kept.calls).toStrictEqual([
      'lock rollout place of dev',
      'lock rollout slot 1 of dev',
      'open 1',
      'release rollout slot 1 of dev',
      'release rollout place of dev',
      'close 1 succeeded',
    ]);
    expect(events.map(({ kind }) => kind)).toStrictEqual(['stage-started', 'stage-finished', 'rollout-finished']);
    expect(events[0]).toMatchObject({ stage: 'rollout dev' });
  });

  it('names what ran before in the rollback command, not what was just built (defect 16)', async () => {
    const { results } = await play({ targets: { dev: { state: running(b41) } } });
    expect((await results)[0]).toMatchObject({
      previous: { number: 41, digest: b41.digest },
      rollbackCommand: 'xgen-build rollback xgen-core --site main --env dev --to b41',
      nativeRollbackCommand: 'native b41',
    });
  });

  it('gives no rollback command where nothing of ours ran before', async () => {
    const foreign = running(b41, { number: null, isProven: false });
    const { results } = await play({ targets: { dev: { state: foreign } } });
    expect((await results)[0]).toMatchObject({ rollbackCommand: null, previous: { number: null } });
  });

  it('ends only when what was pushed is what runs, after a rollback too (defect 4)', async () => {
    const rolledBack = running(b41, { proven: [numbered(40)] });
    const { results, state } = await play({ targets: { dev: { state: rolledBack } } });
    expect(await results).toMatchObject([{ status: 'succeeded', digest: b42.digest }]);
    expect(state('dev')).toMatchObject({ digest: b42.digest, number: 42 });
  });

  it('does not replace what runs already and still answers', async () => {
    const { results, calls, kept } = await play({ targets: { dev: { state: running(b42, { proven: [b41] }) } } });
    expect((await results)[0]).toMatchObject({
      status: 'succeeded',
      detail: 'ran already: answers 200 on /health, runs sha256:424242424242…',
      rollbackCommand: 'xgen-build rollback xgen-core --site main --env dev --to b41',
    });
    expect(calls).toStrictEqual(['dev recover', 'dev prove b42']);
    expect(kept.calls).not.toContain('open 1');
  });

  it('replaces what runs already but does not answer any more', async () => {
    let asked = 0;
    const prove = async () => {
      asked += 1;
      await Promise.resolve();
      if (asked === 1) throw new RolloutError({ code: 'ROLLOUT_UNHEALTHY', message: 'not healthy' });
    };
    const { results, calls } = await play({ targets: { dev: { state: running(b42), prove } } });
    expect((await results)[0]).toMatchObject({ status: 'succeeded' });
    expect(calls).toContain('dev apply b42');
  });

  it('replaces what runs already where it is to run under another name', async () => {
    const { results, calls } = await play({ targets: { dev: { state: running(b42) } }, request: { anew: true } });
    expect(await results).toMatchObject([{ status: 'succeeded', detail: expect.not.stringContaining('ran already') }]);
    expect(calls).toContain('dev apply b42');
  });

  it('restarts what runs where that is asked for', async () => {
    const { results, calls } = await play({ targets: { dev: { state: running(b42) } }, request: { restart: true } });
    expect((await results)[0]).toMatchObject({ status: 'succeeded' });
    expect(calls).toStrictEqual(['dev recover', 'dev restart b42']);
  });
});

describe('a rollout that fails', () => {
  it('goes back whatever onFailure says, and is rolled back where the old one was proven', async () => {
    for (const onFailure of ['warn', 'fail', 'rollback'] as const) {
      const { results, calls, kept } = await play({
        plan: rolloutPlan([{ onFailure }]),
        targets: { dev: { state: running(b41), prove: exited } },
      });
      expect(await results).toMatchObject([
        {
          status: 'rolled-back',
          detail: `exited with 1 · "KeyError: 'REDIS_HOST'" · b41 is back`,
          digest: b41.digest,
          rollbackCommand: null,
          error: { code: 'ROLLOUT_EXITED', stage: 'rollout dev' },
        },
      ]);
      expect(calls.at(-1)).toBe('dev revert');
      expect(kept.calls).toContain('close 1 rolled-back');
    }
  });

  it('is failed, not rolled back, where what came back was never proven', async () => {
    const { results } = await play({
      targets: { dev: { state: running(b41, { isProven: false, number: null }), prove: exited } },
    });
    expect((await results)[0]).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('what ran before is back'),
    });
  });

  it('says that nothing runs where nothing ran before', async () => {
    const { results } = await play({ targets: { dev: { apply: exited } } });
    expect((await results)[0]).toMatchObject({
      status: 'failed',
      digest: null,
      detail: expect.stringContaining('nothing ran before, and the new one is removed'),
    });
  });

  it('tells when going back failed too, and keeps the snapshot for the next run', async () => {
    const revert = new RolloutError({ code: 'ROLLBACK_FAILED', message: 'the old container is gone' });
    const { results, kept } = await play({ targets: { dev: { state: running(b41), prove: exited, revert } } });
    expect((await results)[0]).toMatchObject({
      status: 'failed',
      error: { code: 'ROLLBACK_FAILED', message: expect.stringContaining('KeyError') },
      rollbackCommand: 'xgen-build rollback xgen-core --site main --env dev --to b41',
    });
    expect(kept.calls.some((call) => call.startsWith('close'))).toBe(false);
  });

  it('leaves a kind of target that can go back later as it is, unless onFailure is rollback', async () => {
    const outcome = async (onFailure: 'fail' | 'rollback') => {
      const plan = rolloutPlan([{ kind: 'kubernetes', onFailure }]);
      const { results, calls } = await play({ plan, targets: { dev: { state: running(b41), prove: exited } } });
      return [(await results)[0]?.status, calls.includes('dev revert')];
    };
    expect(await outcome('fail')).toStrictEqual(['failed', false]);
    expect(await outcome('rollback')).toStrictEqual(['rolled-back', true]);
  });

  it('goes back with a signal of its own when it is told to stop, and ends with the reason', async () => {
    const controller = new AbortController();
    const reason = new AbortReason('canceled', 'interrupted', 'SIGINT');
    const prove = async () => {
      await Promise.resolve();
      controller.abort(reason);
      throw reason;
    };
    const { results, calls, events } = await play({
      targets: { dev: { state: running(b41), prove } },
      signal: controller.signal,
    });
    await expect(results).rejects.toBe(reason);
    expect(calls.at(-1)).toBe('dev revert');
    expect(events.find(({ kind }) => kind === 'stage-finished')).toMatchObject({ status: 'canceled' });
    expect(events.at(-1)).toMatchObject({ kind: 'rollout-finished', rollout: { detail: 'interrupted · b41 is back' } });
  });
});

describe('the order of environments', () => {
  it('touches a later one only when the one before was proven', async () => {
    const { results, calls } = await play({
      plan: rolloutPlan(both),
      targets: { dev: { state: running(b41), prove: exited }, prd: { state: running(b41) } },
    });
    expect(await results).toMatchObject([
      { env: 'dev', status: 'rolled-back' },
      { env: 'prd', status: 'not-started', detail: 'not started: dev was not proven' },
    ]);
    expect(calls.some((call) => call.startsWith('prd'))).toBe(false);
  });

  it('is not blocked by an environment that the configuration excludes', async () => {
    const { results } = await play({
      plan: rolloutPlan([{ env: 'prd' }], {
        parameters: { env: ['dev', 'prd'] },
        excluded: [{ env: 'dev', reason: 'services.xgen-core.environments leaves it out' }],
      }),
    });
    expect(await results).toMatchObject([
      { env: 'dev', status: 'skipped' },
      { env: 'prd', status: 'succeeded' },
    ]);
  });

  it('is blocked by a deployment that is missing', async () => {
    const { results } = await play({
      plan: rolloutPlan([{ env: 'dev' }, { env: 'stg' }, { env: 'prd' }]),
      targets: { stg: { state: { status: 'missing', canCreate: false } } },
    });
    expect(await results).toMatchObject([
      { env: 'dev', status: 'succeeded' },
      { env: 'stg', status: 'failed', error: { code: 'DEPLOYMENT_MISSING' } },
      { env: 'prd', status: 'not-started' },
    ]);
  });

  it('rolls one place out once, and reports the second name of it (defect 5)', async () => {
    const { results, calls } = await play({
      plan: rolloutPlan(both),
      targets: { dev: { identity: 'one' }, prd: { identity: 'one' } },
    });
    expect(await results).toMatchObject([
      { env: 'dev', status: 'succeeded' },
      {
        env: 'prd',
        status: 'same-cluster',
        digest: b42.digest,
        detail: expect.stringContaining('the same place as dev'),
      },
    ]);
    expect(calls.filter((call) => call.includes('apply'))).toStrictEqual(['dev apply b42']);
  });

  it('requires a proof in another environment where the configuration says so', async () => {
    const plan = rolloutPlan([{ env: 'prd', requireProvenIn: 'dev' }]);
    const refused = await play({ plan });
    expect(await refused.results).toMatchObject([{ status: 'failed', error: { code: 'NOT_PROVEN' } }]);
    expect(refused.calls).toStrictEqual(['prd recover']);
    const inThisRun = await play({ plan: rolloutPlan([{ env: 'dev' }, { env: 'prd', requireProvenIn: 'dev' }]) });
    expect(await inThisRun.results).toMatchObject([{ status: 'succeeded' }, { status: 'succeeded' }]);
    const [there] = rolloutPlan([{ env: 'dev' }]).targets;
    const ranThere = await play({
      plan,
      targets: { dev: { state: running(numbered(43), { proven: [b42] }) } },
      request: { provingTargets: there === undefined ? [] : [there] },
    });
    expect(await ranThere.results).toMatchObject([{ status: 'succeeded' }]);
    const rollouts = [{ env: 'dev', status: 'succeeded', digest: b42.digest }];
    const inStore = await play({ plan, store: { records: [{ rollouts } as unknown as BuildRecord] } });
    expect(await inStore.results).toMatchObject([{ status: 'succeeded' }]);
  });
});

describe('what others do meanwhile', () => {
  it('says for whom it waits', async () => {
    const { results, events } = await play({ store: { holder: 'minsu@ci-2' } });
    await results;
    expect(events).toContainEqual({ kind: 'waiting', forWhom: 'the rollout of minsu@ci-2' });
  });

  it('waits for a rollout of a process with another store, then looks again', async () => {
    let tries = 0;
    const apply = async () => {
      tries += 1;
      await Promise.resolve();
      if (tries < 3) throw new RolloutError({ code: 'ROLLOUT_BUSY', message: 'dev: minsu@ci-2 is rolling out' });
    };
    const { results, calls, events } = await play({ targets: { dev: { apply } } });
    expect(await results).toMatchObject([{ status: 'succeeded' }]);
    expect(calls.filter((call) => call === 'dev recover')).toHaveLength(3);
    expect(calls).not.toContain('dev revert');
    expect(events.filter(({ kind }) => kind === 'waiting')).toHaveLength(1);
  });

  it('gives up after the time limit of the other one, and touches nothing', async () => {
    const apply = new RolloutError({ code: 'ROLLOUT_BUSY', message: 'dev: minsu@ci-2 is rolling out' });
    const { results, calls } = await play({ targets: { dev: { apply } } });
    expect(await results).toMatchObject([{ status: 'failed', error: { code: 'ROLLOUT_BUSY' } }]);
    expect(calls).not.toContain('dev revert');
  });

  it('does not roll out for a build that another process took over', async () => {
    const { results, calls } = await play({ store: { heartbeat: 'lost' } });
    await expect(results).rejects.toMatchObject({ kind: 'lost' });
    expect(calls).toStrictEqual([]);
  });

  it('leaves out what is not there in dev with a warning, and goes no further', async () => {
    const missing = { state: { status: 'missing', canCreate: false } } as const;
    const plan = rolloutPlan([{ env: 'dev', kind: 'kubernetes', onFailure: 'warn' }, { env: 'prd' }]);
    const { results, events } = await play({ plan, targets: { dev: missing, prd: { state: running(b41) } } });
    expect(await results).toMatchObject([
      { env: 'dev', status: 'skipped', error: { code: 'DEPLOYMENT_MISSING' } },
      { env: 'prd', status: 'not-started', detail: 'not started: dev was not proven' },
    ]);
    expect(events).toContainEqual({
      kind: 'warning',
      stage: 'rollout dev',
      message: 'dev: there is no deployment xgen-core in xgen',
    });
  });

  it('fails where it is not there in prd', async () => {
    const missing = { state: { status: 'missing', canCreate: false } } as const;
    const plan = rolloutPlan([{ env: 'dev' }, { env: 'prd', kind: 'kubernetes' }]);
    const { results } = await play({ plan, targets: { dev: { state: running(b41) }, prd: missing } });
    expect(await results).toMatchObject([
      { status: 'succeeded' },
      { status: 'failed', error: { code: 'DEPLOYMENT_MISSING' } },
    ]);
  });

  it('waits its turn for another machine, under the lock that the target has', async () => {
    const { target } = scriptedTarget({ dev: { state: running(b41) } });
    const busy = new RolloutError({ code: 'ROLLOUT_BUSY', message: 'dev: mina@ci-8 is rolling out xgen-core' });
    const held: string[] = [];
    let tries = 0;
    const claim: typeof target.claim = () => {
      tries += 1;
      if (tries < 3) return Promise.reject(busy);
      held.push('claim');
      return Promise.resolve({ release: () => Promise.resolve(void held.push('release')) });
    };
    const apply: typeof target.apply = () => Promise.resolve(void held.push('apply'));
    const { context, events } = rolloutContext({ target: { ...target, claim, apply }, store: rolloutStore().store });
    const plan = rolloutPlan();
    const checked = await checkTargets({ plan, ports: context.ports, signal: context.signal });
    expect(await rollOut({ plan, context, checked, image: b42 })).toMatchObject([{ status: 'succeeded' }]);
    expect(held).toStrictEqual(['claim', 'apply', 'release']);
    expect(events.filter(({ kind }) => kind === 'waiting')).toHaveLength(1);
  });

  it('says what the target wants said although it went well', async () => {
    const { target } = scriptedTarget({ dev: { state: running(b41) } });
    const warnings = ['dev: Argo CD application core tracks xgen-core'];
    const prove: typeof target.prove = async (...args) => ({ ...(await target.prove(...args)), warnings });
    const { context, events } = rolloutContext({ target: { ...target, prove }, store: rolloutStore().store });
    const plan = rolloutPlan();
    const checked = await checkTargets({ plan, ports: context.ports, signal: context.signal });
    await rollOut({ plan, context, checked, image: b42 });
    expect(events).toContainEqual({ kind: 'warning', stage: 'rollout dev', message: warnings[0] });
  });

  it('mends what killed rollouts left by their snapshots, and forgets them', async () => {
    const snapshot = { kind: 'docker', env: 'dev', deployment: 'xgen-core', data: {} } as const;
    const abandoned = [{ id: 'old', buildId: 'b', targetIdentity: 'place of dev', snapshot }];
    const halfDone = await play({
      targets: { dev: { state: running(b41, { isProven: false }) } },
      store: { abandoned },
    });
    await halfDone.results;
    expect(halfDone.calls.slice(0, 2)).toStrictEqual(['dev recover', 'dev revert']);
    expect(halfDone.kept.calls).toContain('dismiss old');
    const done = await play({ targets: { dev: { state: running(b41) } }, store: { abandoned } });
    await done.results;
    expect(done.calls).not.toContain('dev revert');
    expect(done.kept.calls).toContain('dismiss old');
  });
});
