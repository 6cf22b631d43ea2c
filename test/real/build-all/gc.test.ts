import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { GcReport } from '../../../src/commands/gc-report.ts';
import type { Infra } from '../../lab/lab.ts';
import { useLab } from '../../lab/use-lab.ts';
import { build, expectRuns, tagsOf } from '../main-job/scene.ts';

const GC = ['gc', '--site', 'main', '--only', 'xgen-core'];

async function gc(infra: Infra, args: readonly string[] = [], exitCode = 0): Promise<GcReport> {
  const run = await infra.run([...GC, ...args, '--output', 'json']);
  expect(run.exitCode, run.stdout + run.stderr).toBe(exitCode);
  return run.json() as GcReport;
}

async function buildNext(infra: Infra, text: string, args: readonly string[] = ['--no-deploy']) {
  await infra.commit({ service: 'xgen-core', branch: 'main', files: { 'www/health': `${text}\n` }, message: text });
  return build(infra, ['xgen-core', ...args]);
}

const names = (tags: Record<string, string>): string[] => Object.keys(tags).filter((tag) => tag !== 'latest-amd64');

it('removes old numbers, and spares what runs, what ran well last, and what another tag names', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra({ project: { gc: { keep: 2 } } });
  const repository = infra.repository('main', 'xgen-core');
  await buildNext(infra, 'one', ['--env', 'prd']);
  await buildNext(infra, 'two', ['--env', 'prd']);
  await buildNext(infra, 'three', ['--tag', 'weekly', '--no-deploy']);
  await buildNext(infra, 'four');
  await buildNext(infra, 'five');
  await buildNext(infra, 'six');
  const before = await tagsOf(lab, 'nexus', repository);

  const told = await gc(infra, ['--dry-run']);
  expect(told.repositories.flatMap(({ removed }) => removed.flatMap(({ tags }) => tags))).toEqual(['b4-amd64']);
  expect(await tagsOf(lab, 'nexus', repository)).toEqual(before);

  const done = await gc(infra);
  expect(done.repositories[0]?.removed).toEqual(told.repositories[0]?.removed);
  expect(done.repositories[0]?.spared).toEqual([
    { tag: 'b3-amd64', why: 'the same image as weekly-amd64' },
    { tag: 'b2-amd64', why: 'runs in prd as xgen-core' },
    { tag: 'b1-amd64', why: 'b1 ran well in prd last' },
  ]);
  const after = await tagsOf(lab, 'nexus', repository);
  expect(names(after)).toEqual(['b1-amd64', 'b2-amd64', 'b3-amd64', 'b5-amd64', 'b6-amd64', 'weekly-amd64']);
  for (const [tag, digest] of Object.entries(after)) expect(before[tag]).toBe(digest);
  const history = await infra.run(['history', 'xgen-core', '--limit', '99']);
  expect(history.stdout).not.toMatch(/^b4 /m);
  expect(history.stdout).toMatch(/^b3 /m);
  // What is left is enough to go back, and to know that nothing changed.
  expect((await infra.run(['rollback', 'xgen-core', '--env', 'prd'])).exitCode).toBe(0);
  expect(await build(infra, ['xgen-core', '--no-deploy'])).toMatchObject({ built: false, number: 6 });
  expect((await buildNext(infra, 'seven')).number).toBe(7);
});

it('removes nothing at all of a site of which an environment cannot be asked', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra({ project: { gc: { keep: 1 } } });
  await buildNext(infra, 'one');
  const last = await buildNext(infra, 'two', ['--env', 'dev']);
  const file = join(infra.configDirectory, 'environments.yaml');
  const data = parse(await readFile(file, 'utf8')) as { environments: { prd: { docker: { host: string } } } };
  data.environments.prd.docker.host = 'unix:///nowhere/docker.sock';
  await writeFile(file, stringify(data));
  const before = await tagsOf(lab, 'nexus', infra.repository('main', 'xgen-core'));

  const run = await infra.run(GC);

  expect(run.exitCode, run.stderr).toBe(1);
  expect(run.stdout).toContain('site main: nothing is removed, since it is not known what runs there');
  expect(run.stdout).toContain('prd cannot be asked');
  expect(await tagsOf(lab, 'nexus', infra.repository('main', 'xgen-core'))).toEqual(before);
  expect((await infra.run(['history', 'xgen-core'])).stdout).toMatch(/^b1 /m);
  await expectRuns(lab, infra, { digest: last.digest, envs: ['dev'] });
});
