import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { XgenRun } from '../../lab/lab.ts';
import { useLab } from '../../lab/use-lab.ts';
import { expectRuns, resultOf, tagsOf } from './scene.ts';

it('lets the second of two on one service and site wait its turn, and says so', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  const args = ['xgen-core', '--output', 'json', '--progress', 'plain', '--rebuild'];
  const runs = await Promise.all([infra.run(args), infra.run(args)]);
  expect(runs.map((run) => run.exitCode)).toEqual([0, 0]);
  const results = runs.map(resultOf).sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
  expect(results.map((result) => result.number)).toEqual([1, 2]);
  expect(runs.map((run) => run.stderr).join('\n')).toMatch(/wait/i);
  await expectRuns(lab, infra, { digest: results[1]?.digest ?? null, envs: ['dev'] });
});

it('gives ten processes on five services and two sites ten builds, no number twice, and each its own image', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  const services = ['xgen-frontend', 'xgen-core', 'xgen-workflow', 'xgen-documents', 'xgen-mcp-station'];
  const runs = await Promise.all(
    services.flatMap((service) =>
      ['main', 'lotteimall'].map((site) =>
        infra.run([service, '--site', site, '--no-deploy', '--output', 'json', '--progress', 'plain']),
      ),
    ),
  );
  for (const run of runs) expect(run.exitCode, run.stderr).toBe(0);
  const results = runs.map(resultOf);
  const numbers = results.map((result) => `${result.service} b${result.number}`);
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const result of results) {
    const tags = await tagsOf(lab, 'nexus', infra.repository(result.site, result.service));
    expect(tags).toEqual({ [`b${result.number}-amd64`]: result.digest, 'latest-amd64': result.digest });
  }
});

it('lets a newer automatic build take the place of one that waits, never of one that a person asked for', async () => {
  const infra = await useLab().freshInfra();
  const dockerfile = 'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCOPY . .\nRUN sleep 6\n';
  await writeFile(join(infra.root, 'dockerfiles/xgen-python/Dockerfile.local'), dockerfile);
  const args = ['xgen-core', '--no-deploy', '--output', 'json', '--progress', 'plain', '--rebuild'];
  /** Starts a run and resolves, with the run still under way, once it said the text. */
  const start = async (says: string | RegExp, trigger: string): Promise<{ ended: Promise<XgenRun> }> => {
    let ended = Promise.resolve<XgenRun | null>(null);
    await new Promise<void>((said, missed) => {
      ended = infra.run(args, {
        environment: { XGEN_TRIGGER: trigger },
        onStart: (running) => void running.waitFor(says).then(said, missed),
      });
    });
    return { ended: ended as Promise<XgenRun> };
  };
  const first = await start('== build', 'person');
  const older = await start(/wait/i, 'automatic');
  const person = await start(/wait/i, 'person');
  const newer = infra.run(args, { environment: { XGEN_TRIGGER: 'automatic' } });

  expect(resultOf(await older.ended)).toMatchObject({ status: 'superseded', number: null });
  expect((await older.ended).exitCode).toBe(130);
  for (const run of [first.ended, person.ended, newer]) expect((await run).exitCode).toBe(0);
});
