import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, isStale } from '../scripts/build.ts';
import { startLab, type OwnLab } from '../test/lab/lab.ts';
import { findDockerClient } from './docker-client.ts';
import { measureHealing } from './healing.ts';
import { measureKubernetes } from './kubernetes.ts';
import { measureLargeContext } from './large-context.ts';
import { isMissed, run, type Figure } from './measure.ts';
import { measureMemory } from './memory.ts';
import { formatResults, formatValue } from './results.ts';
import { measureSmallService } from './small-service.ts';
import { measureSixServices } from './six-services.ts';
import { measureSixty } from './sixty-services.ts';
import { measureStartUp } from './start-up.ts';
import { measureUnchanged } from './unchanged.ts';

const RESULTS = fileURLToPath(new URL('results.md', import.meta.url));

/**
 * Measures on a lab of its own and writes `bench/results.md`. `--check` ends with 1 where a figure is missed, and writes
 * nothing. Names (`start-up`, `small`, `large`, `memory`, `unchanged`, `sixty`, `six`, `kubernetes`, `healing`) measure
 * only those, and write nothing.
 */
async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  if (isStale()) await build();
  const lab = await startLab();
  signal.addEventListener('abort', () => void lab.close());
  try {
    const client = await findDockerClient(lab);
    const only = args.filter((arg) => !arg.startsWith('--'));
    const figures: Figure[] = [];
    for (const [name, measure] of Object.entries(measurements(lab, client))) {
      if (only.length > 0 && !only.includes(name)) continue;
      for (const figure of await measure()) {
        figures.push(figure);
        say(figure);
      }
    }
    if (only.length === 0 && !args.includes('--check'))
      await writeFile(RESULTS, formatResults(figures, await describeMachine(lab, client)));
    return args.includes('--check') && figures.some(isMissed) ? 1 : 0;
  } finally {
    await lab.close();
  }
}

function measurements(lab: OwnLab, client: string): Record<string, () => Promise<Figure[]>> {
  return {
    'start-up': () => measureStartUp(lab.infra),
    small: () => measureSmallService(lab, client),
    large: () => measureLargeContext(lab, client),
    memory: () => measureMemory(lab),
    unchanged: () => measureUnchanged(lab),
    sixty: () => measureSixty(lab),
    six: () => measureSixServices(lab, client),
    kubernetes: () => measureKubernetes(),
    healing: () => measureHealing(),
  };
}

async function describeMachine(lab: OwnLab, client: string): Promise<{ engine: string; client: string }> {
  const { Version } = (await lab.engine.api('GET', '/version')) as { Version: string };
  const { stdout } = await run({ program: client, args: ['--version'] });
  return { engine: Version, client: /version ([^,\s]+)/.exec(stdout)?.[1] ?? 'unknown' };
}

function say(figure: Figure): void {
  const compared = figure.compared === null ? '' : `, compared to ${figure.compared}`;
  const limit = figure.limit === null ? '' : `, limit ${figure.limit} ${figure.unit}`;
  const mark = isMissed(figure) ? '✘' : '✔';
  process.stdout.write(`${mark} ${figure.name}: ${formatValue(figure)} (${figure.measured}${compared}${limit})\n`);
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());
process.exitCode = await main(process.argv.slice(2), interrupted.signal);
