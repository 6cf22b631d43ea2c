import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Infra, Lab } from '../../lab/lab.ts';
import { useLab } from '../../lab/use-lab.ts';
import { build, containersOf, expectRuns, tagsOf } from '../main-job/scene.ts';

const REPOSITORY_FILES = { 'www/health': 'two\n' };

async function putTag(lab: Lab, repository: string, { from, to }: { from: string; to: string }): Promise<void> {
  const { host, username, password } = lab.registries.nexus;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const type = 'application/vnd.docker.distribution.manifest.v2+json';
  const url = `http://${host}/v2/${repository}/manifests`;
  const manifest = await fetch(`${url}/${from}`, { headers: { authorization, accept: type } });
  const headers = { authorization, 'content-type': type };
  const put = await fetch(`${url}/${to}`, { method: 'PUT', headers, body: await manifest.text() });
  expect(put.status).toBe(201);
}

/** A machine that has neither state nor cache. */
function elsewhere(infra: Infra) {
  const cache = `${infra.cacheDirectory}-elsewhere`;
  const environment = { XGEN_STATE_DIR: `${infra.stateDirectory}-elsewhere`, XGEN_CACHE_DIR: cache };
  return { cache, environment };
}

it('builds nothing, draws no number and touches no container where nothing changed', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  const first = await build(infra, ['xgen-core', '--env', 'both']);
  const before = await containersOf(lab, infra);

  const second = await build(infra, ['xgen-core', '--env', 'both']);

  expect(second).toMatchObject({
    status: 'succeeded',
    built: false,
    reason: 'unchanged since b1',
    number: 1,
    digest: first.digest,
    commit: first.commit,
    image: first.image,
    buildImage: first.buildImage,
  });
  expect(second.stages.map(({ name }) => name)).toEqual(['check', 'rollout dev', 'rollout prd']);
  expect(second.rollouts).toMatchObject([
    { env: 'dev', status: 'succeeded', digest: first.digest, number: 1 },
    { env: 'prd', status: 'succeeded', digest: first.digest, number: 1 },
  ]);
  expect(await containersOf(lab, infra)).toEqual(before);
  expect(Object.keys(await tagsOf(lab, 'nexus', infra.repository('main', 'xgen-core')))).toEqual([
    'b1-amd64',
    'latest-amd64',
  ]);
});

it('knows it on a machine without state too, and clones nothing there', async () => {
  const infra = await useLab().freshInfra();
  const first = await build(infra, ['xgen-core', '--no-deploy']);
  const { cache, environment } = elsewhere(infra);
  const second = await build(infra, ['xgen-core', '--no-deploy'], { environment });
  expect(second).toMatchObject({ built: false, reason: 'unchanged since b1', digest: first.digest });
  expect(existsSync(`${cache}/mirrors`)).toBe(false);
  expect(existsSync(`${cache}/trees`)).toBe(false);
});

it('does not believe its own state where another machine built something newer', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  await build(infra, ['xgen-core', '--no-deploy']);
  const { environment } = elsewhere(infra);
  await infra.commit({ service: 'xgen-core', branch: 'main', files: REPOSITORY_FILES, message: 'Two' });
  const there = await build(infra, ['xgen-core', '--no-deploy'], { environment });
  expect(there.number).toBe(2);
  const here = await build(infra, ['xgen-core', '--no-deploy']);
  expect(here).toMatchObject({ built: false, reason: 'unchanged since b2', digest: there.digest });
});

it('puts the moving tag back by its manifest where it points elsewhere', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  const repository = infra.repository('main', 'xgen-core');
  await build(infra, ['xgen-core', '--no-deploy']);
  await infra.commit({ service: 'xgen-core', branch: 'main', files: REPOSITORY_FILES, message: 'Two' });
  const second = await build(infra, ['xgen-core', '--no-deploy']);
  await putTag(lab, repository, { from: 'b1-amd64', to: 'latest-amd64' });

  const third = await build(infra, ['xgen-core', '--no-deploy']);

  expect(third).toMatchObject({ built: false, number: 2, digest: second.digest });
  expect(third.stages.map(({ name }) => name)).toEqual(['check', 'push']);
  expect((await tagsOf(lab, 'nexus', repository))['latest-amd64']).toBe(second.digest);
});

it('gives another moving tag the image that is there', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  const first = await build(infra, ['xgen-core', '--no-deploy']);
  const weekly = await build(infra, ['xgen-core', '--no-deploy', '--tag', 'weekly']);
  expect(weekly).toMatchObject({ built: false, digest: first.digest });
  expect((await tagsOf(lab, 'nexus', infra.repository('main', 'xgen-core')))['weekly-amd64']).toBe(first.digest);
});

it('builds again where the number is not in the registry as the state left it', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  const repository = infra.repository('main', 'xgen-core');
  await build(infra, ['xgen-core', '--no-deploy']);
  await infra.commit({ service: 'xgen-core', branch: 'main', files: REPOSITORY_FILES, message: 'Two' });
  await build(infra, ['xgen-core', '--no-deploy']);
  // Somebody wrote the old image over the number.
  await putTag(lab, repository, { from: 'b1-amd64', to: 'b2-amd64' });
  await putTag(lab, repository, { from: 'b1-amd64', to: 'latest-amd64' });
  const third = await build(infra, ['xgen-core', '--no-deploy']);
  expect(third).toMatchObject({ built: true, number: 3 });
});

it('rolls out only where another digest runs', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  await build(infra, ['xgen-core', '--env', 'both']);
  await infra.commit({ service: 'xgen-core', branch: 'main', files: REPOSITORY_FILES, message: 'Two' });
  const second = await build(infra, ['xgen-core', '--env', 'both']);
  expect((await infra.run(['rollback', 'xgen-core', '--env', 'dev'])).exitCode).toBe(0);

  const third = await build(infra, ['xgen-core', '--env', 'both']);

  expect(third).toMatchObject({ built: false, number: 2 });
  expect(third.rollouts[0]?.detail).not.toMatch(/ran already/);
  expect(third.rollouts[1]?.detail).toMatch(/ran already/);
  await expectRuns(lab, infra, { digest: second.digest, envs: ['dev', 'prd'] });
  expect(await infra.ask('dev', 'xgen-core')).toBe('two\n');
});

it.each([['--rebuild'], ['--no-cache']])('builds all the same with %s', async (option) => {
  const infra = await useLab().freshInfra();
  await build(infra, ['xgen-core', '--no-deploy']);
  const second = await build(infra, ['xgen-core', '--no-deploy', option]);
  expect(second).toMatchObject({ built: true, number: 2, reason: `asked for with ${option}` });
});

it('says so in the report and in the history', async () => {
  const infra = await useLab().freshInfra();
  await build(infra, ['xgen-core']);
  const run = await infra.run(['xgen-core']);
  expect(run.exitCode, run.stderr).toBe(0);
  expect(run.stdout).toContain('succeeded: xgen-core of main, b1 runs in dev');
  expect(run.stdout).toMatch(/reason +unchanged since b1/);
  const history = await infra.run(['history', 'xgen-core']);
  expect(history.stdout).toContain('unchanged since b1');
  const status = await infra.run(['status', 'xgen-core', '--site', 'main', '--env', 'dev']);
  expect(status.stdout).toMatch(/b1 .*yes/);
});
