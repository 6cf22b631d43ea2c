import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import type { Infra, Lab } from '../test/lab/lab.ts';
import { inMs, median, type Figure } from './measure.ts';
import { lsRemote, timed, xgen } from './questions.ts';

const SIXTY = 60;
const SIXTY_RUNS = 5;

/** Sixty services with repositories of their own: the cost of knowing that nothing changed, and how it grows. */
export async function measureSixty(lab: Lab): Promise<Figure[]> {
  const docker = { publish: undefined };
  const infra = await lab.freshInfra({ environments: { environments: { dev: { docker }, prd: { docker } } } });
  const names = Array.from({ length: SIXTY }, (_, index) => `service-${String(index + 1).padStart(2, '0')}`);
  await makeServices(lab, infra, names);
  await xgen(infra, ['build-all', '--no-deploy', '--progress', 'quiet']);
  const unchanged = (count: number) =>
    timed(SIXTY_RUNS, () =>
      xgen(infra, ['build-all', '--no-deploy', '--progress', 'quiet', '--only', names.slice(0, count).join(',')]),
    );
  const thirty = await unchanged(SIXTY / 2);
  const sixty = await unchanged(SIXTY);
  const peaks: number[] = [];
  for (let count = 0; count < SIXTY_RUNS; count += 1) {
    peaks.push((await xgen(infra, ['build-all', '--no-deploy', '--progress', 'quiet'], true)).peakMb);
  }
  const asked = await timed(SIXTY_RUNS, () => sixAtATime(names, (name) => lsRemote(lab, `${infra.group}/${name}.git`)));
  const peak = median(peaks);
  return [
    {
      name: 'sixty services unchanged, to sixty `git ls-remote`, six at a time',
      measured: inMs(sixty),
      compared: inMs(asked),
      value: sixty / asked,
      limit: 1.4,
      unit: '×',
      runs: SIXTY_RUNS,
    },
    {
      name: '… to thirty services: twice as many take at most twice as long',
      measured: inMs(sixty),
      compared: inMs(thirty),
      value: sixty / thirty,
      limit: 2.1,
      unit: '×',
      runs: SIXTY_RUNS,
    },
    {
      name: '… its memory',
      measured: `${peak.toFixed(0)} MB`,
      compared: null,
      value: peak,
      limit: 200,
      unit: 'MB',
      runs: SIXTY_RUNS,
    },
  ];
}

async function makeServices(lab: Lab, infra: Infra, names: readonly string[]): Promise<void> {
  const repositories = join(lab.directory, 'git', infra.group);
  for (const name of names)
    cpSync(join(repositories, 'xgen-core.git'), join(repositories, `${name}.git`), { recursive: true });
  const file = join(infra.configDirectory, 'services.yaml');
  const { services } = parse(readFileSync(file, 'utf8')) as { services: Record<string, object> };
  const core = services['xgen-core'];
  writeFileSync(
    file,
    stringify({ services: Object.fromEntries(names.map((name) => [name, { ...core, repo: name }])) }),
  );
  const git = (...args: string[]) => promisify(execFile)('git', ['-C', infra.root, ...args]);
  await git(
    '-c',
    'user.name=Jiwon',
    '-c',
    'user.email=jiwon@example.com',
    'commit',
    '--quiet',
    '-am',
    'Have sixty services',
  );
}

async function sixAtATime<T>(all: readonly T[], act: (one: T) => Promise<unknown>): Promise<void> {
  const waiting = [...all];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: 6 }, worker));
}
