import { describe, expect, it } from 'vitest';
import { deployBody } from '../../src/commands/deploy.ts';
import { promoteBody } from '../../src/commands/promote.ts';
import { rollbackBody } from '../../src/commands/rollback.ts';
import { rolloutContext, rolloutPlan } from '../fakes/rollout-context.ts';
import { rolloutStore } from '../fakes/rollout-store.ts';
import { numbered, running, scriptedTarget, type TargetScript } from '../fakes/scripted-target.ts';
import { taggedRegistries } from '../fakes/tagged-registries.ts';
import { targetPlan } from '../fakes/target-plan.ts';
import { withDigest } from '../../src/values/image-reference.ts';
import type { BuildPlan } from '../../src/plan/build-plan.ts';
import type { RegistryClient } from '../../src/ports/registry.ts';
import type { Digest } from '../../src/values/image-reference.ts';
import type { SourceCommit } from '../../src/ports/sources.ts';

const [b40, b41, b42] = [numbered(40), numbered(41), numbered(42)];
const labels = { 'org.opencontainers.image.revision': 'c'.repeat(40) };
const TAGS = {
  'latest-amd64': { digest: b42.digest, labels },
  'b42-amd64': { digest: b42.digest, labels },
  'b41-amd64': { digest: b41.digest, labels },
};
const COMMITS: readonly SourceCommit[] = [{ commit: 'd'.repeat(40), subject: 'Fix session timeout', author: 'jiwon' }];

function scene(scripts: Readonly<Record<string, TargetScript>>) {
  const { target, calls, state } = scriptedTarget(scripts);
  const { context, events } = rolloutContext({
    target,
    store: rolloutStore().store,
    registries: taggedRegistries(TAGS),
    sources: { commitsBetween: () => Promise.resolve(COMMITS) },
  });
  return { context, events, calls, state };
}

describe('deploy', () => {
  it('rolls out what the moving tag names', async () => {
    const { context } = scene({ dev: { state: running(b41) } });
    expect(await deployBody(context, rolloutPlan(), { to: null, restart: false })).toMatchObject({
      number: 42,
      digest: b42.digest,
      commit: 'c'.repeat(40),
      reason: 'deploys b42',
      rollouts: [{ status: 'succeeded' }],
    });
  });

  it('rolls out a number', async () => {
    const { context, state } = scene({ dev: { state: running(b42) } });
    await deployBody(context, rolloutPlan(), { to: 41, restart: false });
    expect(state('dev')).toMatchObject({ number: 41, digest: b41.digest });
  });

  it('restarts what runs in each environment, without asking the registry', async () => {
    const { context, calls } = scene({ dev: { state: running(b42) }, prd: { state: running(b40) } });
    const plan = rolloutPlan([{ env: 'dev' }, { env: 'prd' }]);
    expect(await deployBody(context, plan, { to: null, restart: true })).toMatchObject({
      reason: 'restarts what runs',
    });
    expect(calls.filter((call) => call.includes('restart'))).toStrictEqual(['dev restart b42', 'prd restart b40']);
  });

  it('has nothing to restart where nothing runs, and refuses two wishes at once', async () => {
    const { context } = scene({});
    const restart = deployBody(context, rolloutPlan(), { to: null, restart: true });
    await expect(restart).rejects.toMatchObject({ cause: { code: 'DEPLOYMENT_MISSING' } });
    const confused = deployBody(context, rolloutPlan(), { to: 41, restart: true });
    await expect(confused).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('rollback --retag', () => {
  const writing = (written: string[]) => {
    const registries = taggedRegistries(TAGS);
    const client: RegistryClient = {
      ...registries.openHost(''),
      getManifest: (_repository, reference) =>
        Promise.resolve({ digest: reference as Digest, mediaType: 'm', bytes: Buffer.from('') }),
      putManifest: ({ reference, manifest }) => {
        written.push(`${reference} is ${manifest.digest}`);
        return Promise.resolve(manifest.digest);
      },
    };
    return { open: () => client, openHost: () => client };
  };
  const go = (plan: BuildPlan, scripts: Readonly<Record<string, TargetScript>>, followers: readonly string[]) => {
    const written: string[] = [];
    const { target } = scriptedTarget(scripts);
    const { context, events } = rolloutContext({ target, store: rolloutStore().store, registries: writing(written) });
    return { result: rollbackBody(context, plan, { to: null, retag: { followers } }), written, events };
  };

  it('names the environments that follow the tag, moves it, and rolls out what it names then', async () => {
    const { result, written, events } = go(rolloutPlan(), { dev: { state: running(b42, { proven: [b41] }) } }, [
      'dev',
      'prd',
    ]);
    expect(await result).toMatchObject({ number: 41, rollouts: [{ status: 'succeeded', digest: b41.digest }] });
    expect(written).toStrictEqual([`latest-amd64 is ${b41.digest}`]);
    const warning = events.find(({ kind }) => kind === 'warning');
    expect(warning).toMatchObject({
      message: 'latest-amd64 is moved to b41; dev, prd follow it: a pod that is rescheduled there runs b41',
    });
    const rolled = events.findIndex((event) => event.kind === 'stage-started' && event.stage === 'rollout dev');
    expect(events.findIndex(({ kind }) => kind === 'warning')).toBeLessThan(rolled);
  });

  it('moves nothing where the environments go back to different images', async () => {
    const scripts = {
      dev: { state: running(b42, { proven: [b41] }) },
      prd: { state: running(b41, { proven: [b42] }) },
    };
    const { result, written } = go(rolloutPlan([{ env: 'dev' }, { env: 'prd' }]), scripts, ['dev']);
    await expect(result).rejects.toMatchObject({ cause: { code: 'USAGE' } });
    expect(written).toStrictEqual([]);
  });

  it('moves nothing for an image of another registry', async () => {
    const elsewhere = numbered(41, 'old.test');
    const { result, written } = go(rolloutPlan(), { dev: { state: running(b42, { proven: [elsewhere] }) } }, []);
    await expect(result).rejects.toMatchObject({
      cause: { code: 'USAGE', message: expect.stringContaining('b41 is in old.test/xgen/main/xgen-core') as string },
    });
    expect(written).toStrictEqual([]);
  });
});

describe('rollback', () => {
  it('goes back in each environment to what ran well there', async () => {
    const { context, state } = scene({
      dev: { state: running(b42, { proven: [b41] }) },
      prd: { state: running(b41, { proven: [b42, b40] }) },
    });
    const plan = rolloutPlan([{ env: 'dev' }, { env: 'prd' }]);
    const result = await rollbackBody(context, plan, { to: null });
    // No one number is true of both; each rollout has its own.
    expect(result).toMatchObject({
      number: null,
      digest: null,
      reason: 'goes back: dev b42 → b41, prd b41 → b42',
      rollouts: [{ number: 41 }, { number: 42 }],
    });
    expect([state('dev'), state('prd')]).toMatchObject([{ number: 41 }, { number: 42 }]);
  });

  it('says which registry the image is in that it goes back to', async () => {
    const elsewhere = { host: 'localhost:30500', path: 'xgen/xgen-core' };
    const proven = [{ ...b41, reference: withDigest(elsewhere, b41.digest) }];
    const { context } = scene({ dev: { state: running(b42, { proven }) } });
    const result = await rollbackBody(context, rolloutPlan(), { to: null });
    expect(result).toMatchObject({ number: 41, repository: elsewhere });
  });

  it('touches nothing where one of the environments has nothing to go back to', async () => {
    const { context, calls } = scene({ dev: { state: running(b42, { proven: [b41] }) }, prd: { state: running(b41) } });
    const plan = rolloutPlan([{ env: 'dev' }, { env: 'prd' }]);
    await expect(rollbackBody(context, plan, { to: null })).rejects.toMatchObject({
      cause: { code: 'NOTHING_TO_ROLL_BACK' },
    });
    expect(calls.some((call) => call.includes('apply'))).toBe(false);
  });

  it('touches nothing where the image is no longer in the registry', async () => {
    const { context, calls } = scene({ dev: { state: running(b42, { proven: [b40] }) } });
    await expect(rollbackBody(context, rolloutPlan(), { to: 40 })).rejects.toMatchObject({
      cause: { code: 'IMAGE_MISSING' },
    });
    expect(calls.some((call) => call.includes('apply'))).toBe(false);
  });
});

describe('promote', () => {
  const from = targetPlan({ env: 'dev' });
  const plan = rolloutPlan([{ env: 'prd', requireProvenIn: 'dev' }]);

  it('rolls out the digest that was proven, with the commits between', async () => {
    const { context, events, state } = scene({ dev: { state: running(b42) }, prd: { state: running(b41) } });
    expect(await promoteBody(context, plan, { from })).toMatchObject({
      number: 42,
      reason: 'promotes b42 from dev, 1 commit more than runs in prd',
      rollouts: [{ env: 'prd', status: 'succeeded', digest: b42.digest }],
    });
    expect(state('prd')).toMatchObject({ digest: b42.digest });
    expect(events).toContainEqual(expect.objectContaining({ kind: 'log', text: 'ddddddd Fix session timeout\n' }));
  });

  it.each([
    ['is not there', { status: 'missing', canCreate: true } as const],
    ['does not run', running(b42, { running: false })],
    ['was not proven by us', running(b42, { isProven: false })],
    ['is of another site', running(b42, { site: 'aww' })],
  ])('refuses what %s in the first environment', async (_what, state) => {
    const { context } = scene({ dev: { state }, prd: { state: running(b41) } });
    await expect(promoteBody(context, plan, { from })).rejects.toMatchObject({ cause: { code: 'NOT_PROVEN' } });
  });
});
