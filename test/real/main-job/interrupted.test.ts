import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLab, type Infra, type OwnLab } from '../../lab/lab.ts';
import { build, containersOf, expectRuns, gitStatus, localTags, resultOf, tagsOf } from './scene.ts';

/** A lab where nothing else builds: whatever is left in its engine was left by these tests. */
let lab: OwnLab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

const STAGES = ['check', 'checkout', 'overlay', 'build', 'push', 'cleanup', 'rollout dev', 'rollout prd'] as const;
const JOB = ['xgen-core', '--site', 'lotteimall', '--env', 'both'];

async function interruptAt(infra: Infra, stage: string, signal: NodeJS.Signals) {
  return infra.run([...JOB, '--output', 'json', '--progress', 'json'], {
    onStart: (running) => {
      void running.waitFor(`"kind":"stage-started","stage":"${stage}"`).then(
        () => running.kill(signal),
        () => {},
      );
    },
  });
}

/** After a second run everything is as if there had been only that: the right image runs, and nothing is left over. */
async function expectWholeAgain(infra: Infra, before: { digest: string | null }): Promise<void> {
  const result = await build(infra, JOB);
  expect(result.status).toBe('succeeded');
  expect(await infra.ask('prd', 'xgen-core')).toBe('second\n');
  await expectRuns(lab, infra, { digest: result.digest, envs: ['dev', 'prd'] });
  const tags = await tagsOf(lab, 'nexus', infra.repository('lotteimall', 'xgen-core'));
  expect(tags['latest-amd64']).toBe(result.digest);
  expect(tags[`b${result.number}-amd64`]).toBe(result.digest);
  expect(tags['b1-amd64']).toBe(before.digest);
  expect(await localTags(lab)).toEqual([]);
  expect(await gitStatus(infra.root)).toBe('');
}

async function prepare(): Promise<{ infra: Infra; digest: string | null }> {
  const infra = await lab.freshInfra();
  const { digest } = await build(infra, JOB);
  await infra.commit({
    service: 'xgen-core',
    branch: 'lotteimall',
    files: { 'www/health': 'second\n' },
    message: 'Second',
  });
  return { infra, digest };
}

describe('a run that is killed', () => {
  for (const stage of STAGES)
    it(`in ${stage} leaves nothing that the next run does not mend`, async () => {
      const { infra, digest } = await prepare();
      const killed = await interruptAt(infra, stage, 'SIGKILL');
      expect(killed.exitCode).toBe(137);
      await expectWholeAgain(infra, { digest });
    });
});

describe('Ctrl-C', () => {
  for (const stage of STAGES)
    it(`in ${stage} ends with 130, cleans up, and one of the two images runs`, async () => {
      const { infra, digest } = await prepare();
      const run = await interruptAt(infra, stage, 'SIGINT');
      expect(run.exitCode, run.stderr).toBe(130);
      expect(resultOf(run)).toMatchObject({ status: 'canceled', error: { code: 'CANCELED' } });
      expect(await localTags(lab)).toEqual([]);
      const names = ['dev', 'prd'].map((env) => infra.containerName(env, 'xgen-core'));
      const containers = await containersOf(lab, infra);
      expect(containers.map(({ name, state }) => ({ name, state }))).toEqual(
        names.map((name) => ({ name, state: 'running' })),
      );
      await expectWholeAgain(infra, { digest });
    });
});

it('SIGTERM ends with 143', async () => {
  const { infra } = await prepare();
  const run = await interruptAt(infra, 'build', 'SIGTERM');
  expect(run.exitCode, run.stderr).toBe(143);
  expect(resultOf(run).status).toBe('canceled');
});
