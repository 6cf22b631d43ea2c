import { expect, it } from 'vitest';
import { useLab } from '../../lab/use-lab.ts';
import { build, containersOf, expectRuns, resultOf, tagsOf } from './scene.ts';

it('builds, pushes and rolls out to dev and prd what the branch of the site holds', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  const commit = await infra.commit({
    service: 'xgen-core',
    branch: 'lotteimall',
    files: { 'www/health': 'hello from lotteimall\n' },
    message: 'Say hello',
  });

  const result = await build(infra, ['xgen-core', '--site', 'lotteimall', '--env', 'both']);

  const { host } = lab.registries.nexus;
  const repository = infra.repository('lotteimall', 'xgen-core');
  expect(result).toMatchObject({
    schemaVersion: 1,
    status: 'succeeded',
    number: 1,
    commit,
    image: `${host}/${repository}:latest-amd64`,
    buildImage: `${host}/${repository}:b1-amd64`,
    built: true,
    infra: { dirty: false },
    error: null,
  });
  expect(result.rollouts.map(({ env, status, digest }) => ({ env, status, digest }))).toEqual([
    { env: 'dev', status: 'succeeded', digest: result.digest },
    { env: 'prd', status: 'succeeded', digest: result.digest },
  ]);
  expect(await tagsOf(lab, 'nexus', repository)).toEqual({ 'b1-amd64': result.digest, 'latest-amd64': result.digest });
  await expectRuns(lab, infra, { digest: result.digest, envs: ['dev', 'prd'] });
  expect(await infra.ask('dev', 'xgen-core')).toBe('hello from lotteimall\n');
  expect(await infra.ask('prd', 'xgen-core')).toBe('hello from lotteimall\n');
});

it('gives the next number to a changed source, and rolls back to what ran before without a build', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  const first = await build(infra, ['xgen-core', '--env', 'both']);
  await infra.commit({ service: 'xgen-core', branch: 'main', files: { 'www/health': 'two\n' }, message: 'Two' });
  const second = await build(infra, ['xgen-core', '--env', 'both']);
  expect(second.number).toBe(2);
  expect(second.rollouts[1]).toMatchObject({ env: 'prd', previous: { number: 1, digest: first.digest } });
  const command = second.rollouts[1]?.rollbackCommand ?? '';
  expect(command).toContain('rollback xgen-core');
  expect(command).toContain('--to b1');

  const rollback = await infra.run([...command.split(' ').slice(1), '--output', 'json']);
  expect(rollback.exitCode, rollback.stderr).toBe(0);
  expect(await infra.ask('prd', 'xgen-core')).toBe('xgen-core main 1\n');
  expect(await infra.ask('dev', 'xgen-core')).toBe('two\n');

  const third = await build(infra, ['xgen-core', '--env', 'both', '--rebuild']);
  expect(third.number).toBe(3);
  await expectRuns(lab, infra, { digest: third.digest, envs: ['dev', 'prd'] });
  expect(await infra.ask('prd', 'xgen-core')).toBe('two\n');
});

it("pushes to a site's own registry with the site's own login", async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  const result = await build(infra, ['xgen-frontend', '--site', 'aww']);
  const repository = infra.repository('aww', 'xgen-frontend');
  expect(Object.keys(await tagsOf(lab, 'aww', repository))).toEqual(['b1-amd64', 'latest-amd64']);
  expect(await tagsOf(lab, 'nexus', repository)).toEqual({});
  await expectRuns(lab, infra, { service: 'xgen-frontend', digest: result.digest, envs: ['dev'] });
});

it('pushes to the local registry without a login and without a rollout where that is asked for', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  const args = ['xgen-mcp-station', '--registry', 'local', '--no-deploy', '--tag', 'stable'];
  const result = await build(infra, args, { environment: { XGEN_CREDENTIAL_NEXUS_CREDENTIALS: undefined } });
  expect(result.rollouts).toEqual([]);
  expect(await tagsOf(lab, 'local', `${infra.project}/xgen-mcp-station`)).toEqual({
    'b1-amd64': result.digest,
    'stable-amd64': result.digest,
  });
  expect(await containersOf(lab, infra)).toEqual([]);
});

it('takes its parameters from Jenkins inside Jenkins, and never its build number', async () => {
  const infra = await useLab().freshInfra();
  const run = await infra.run(['--output', 'json'], {
    environment: {
      JENKINS_URL: 'http://jenkins.example.com/',
      JOB_NAME: 'xgen-build/xgen-core',
      BUILD_NUMBER: '77',
      SITE: 'lotteimall',
      TARGET_ENV: 'dev',
      TAG: 'weekly',
      DEPLOY: 'false',
    },
  });
  expect(run.exitCode, run.stderr).toBe(0);
  expect(resultOf(run)).toMatchObject({
    service: 'xgen-core',
    site: 'lotteimall',
    number: 1,
    parameters: { tag: 'weekly', deploy: false, jenkinsBuildNumber: '77' },
  });
});

it('prints its result to standard output and everything else to standard error', async () => {
  const infra = await useLab().freshInfra();
  const run = await infra.run(['xgen-core', '--no-deploy']);
  expect(run.exitCode, run.stderr).toBe(0);
  expect(run.stdout).toContain('b1');
  expect(run.stdout).not.toContain('RUN echo');
  expect(run.stderr).toContain('RUN echo');
  expect(run.stdout + run.stderr).not.toContain('\u001B');
});

it('shows history, log and status of what was done', async () => {
  const infra = await useLab().freshInfra();
  await build(infra, ['xgen-core', '--env', 'dev']);
  const history = await infra.run(['history', 'xgen-core']);
  expect(history.stdout).toMatch(/b1\s+xgen-core\s+main\s+succeeded/);
  const logs = await infra.run(['logs', 'xgen-core', 'b1']);
  expect(logs.stdout + logs.stderr).toContain('built for amd64');
  const status = await infra.run(['status', 'xgen-core', '--site', 'main', '--env', 'dev']);
  expect(status.stdout).toMatch(/xgen-core\s+main\s+dev\s+b1/);
});

it('promotes what was proven in dev to prd by digest', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  const result = await build(infra, ['xgen-core']);
  const promote = await infra.run(['promote', 'xgen-core', '--from', 'dev', '--to', 'prd']);
  expect(promote.exitCode, promote.stderr).toBe(0);
  await expectRuns(lab, infra, { digest: result.digest, envs: ['dev', 'prd'] });
});

it('goes on counting from the registry when the state is gone', async () => {
  const infra = await useLab().freshInfra();
  await build(infra, ['xgen-core', '--no-deploy']);
  await infra.commit({ service: 'xgen-core', branch: 'main', files: { 'www/health': '2\n' }, message: 'Two' });
  const elsewhere = { XGEN_STATE_DIR: `${infra.stateDirectory}-2`, XGEN_CACHE_DIR: `${infra.cacheDirectory}-2` };
  const result = await build(infra, ['xgen-core', '--no-deploy'], { environment: elsewhere });
  expect(result.number).toBe(2);
});
