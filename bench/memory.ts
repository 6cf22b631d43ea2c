import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Infra, Lab } from '../test/lab/lab.ts';
import { longLogStep } from '../test/lab/services.ts';
import { median, run, type Figure } from './measure.ts';
import { build } from './program.ts';

const RUNS = 5;

/** The most memory that the program holds while it builds, above what an empty run of the same Node holds. */
export async function measureMemory(lab: Lab): Promise<Figure[]> {
  const own = await peaks(() => run({ program: process.execPath, args: ['-e', 'setTimeout(() => {}, 100)'] }, true));
  const quiet = await measureBuild(await lab.freshInfra(), own);
  const loud = await lab.freshInfra();
  await writeFile(join(loud.root, 'dockerfiles/xgen-python/Dockerfile.local'), LOUD_DOCKERFILE);
  return [
    { name: 'memory while building, above an empty run of Node', ...quiet },
    { name: 'the same with a log of 50 MB', ...(await measureBuild(loud, own)) },
  ];
}

const LOUD_DOCKERFILE = `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
COPY . /srv/app
${longLogStep(50)}
`;

async function measureBuild(infra: Infra, own: number): Promise<Omit<Figure, 'name'>> {
  let version = 0;
  const peak = await peaks(async () => {
    version += 1;
    const files = { 'www/health': `version ${version}\n` };
    await infra.commit({ service: 'xgen-core', branch: 'main', files, message: `Version ${version}` });
    return build(infra, { service: 'xgen-core', site: 'main', watchMemory: true });
  });
  return {
    measured: `${peak.toFixed(0)} MB`,
    compared: `${own.toFixed(0)} MB`,
    value: peak - own,
    limit: 120,
    unit: 'MB',
    runs: RUNS,
  };
}

async function peaks(act: () => Promise<{ readonly peakMb: number }>): Promise<number> {
  const all: number[] = [];
  for (let count = 0; count < RUNS; count += 1) all.push((await act()).peakMb);
  return median(all);
}
