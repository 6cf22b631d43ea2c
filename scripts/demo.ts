import { startLab, type OwnLab } from '../test/lab/lab.ts';
import { build, isStale } from './build.ts';
import { demoInfra } from './demo/base-images.ts';
import { removeFromEngine } from './demo/foreign-engine.ts';
import { engineSocket, readOptions, USAGE, type DemoOptions } from './demo/options.ts';
import { createStage } from './demo/stage.ts';
import { STEPS } from './demo/steps.ts';

/** Shows the whole product on real parts that it starts itself, and removes them again. Resolves to an exit code. */
async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  if (args.includes('--help')) {
    say(USAGE);
    return 0;
  }
  let options: DemoOptions;
  try {
    options = readOptions(args, STEPS.length);
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  const parts = 'two registries and a git server';
  say(
    `▸ Starting ${options.ownEngine ? `a Docker engine, ${parts}` : `${parts} beside your Docker engine`} on loopback.\n`,
  );
  if (isStale()) await build();
  const lab = await startLab({
    network: options.ownEngine,
    ...(options.ownEngine ? {} : { engineSocket: engineSocket(process.env) }),
  });
  try {
    await show(lab, { options, signal });
    return 0;
  } catch (error) {
    if (signal.aborted) return 130;
    throw error;
  } finally {
    say('\n▸ Removing everything that was started.\n');
    if (!options.ownEngine) await removeFromEngine(lab);
    await lab.close();
  }
}

async function show(lab: OwnLab, { options, signal }: { options: DemoOptions; signal: AbortSignal }): Promise<void> {
  const changes = await demoInfra(lab, (sentence) => say(`▸ ${sentence}\n`));
  signal.throwIfAborted();
  const infra = await lab.freshInfra(changes);
  const shown = options.step === null ? STEPS.map((_, index) => index + 1) : [options.step];
  for (const number of withNeeds(shown)) {
    signal.throwIfAborted();
    const isShown = shown.includes(number);
    const stage = createStage({ lab, infra, signal, ownsEngine: options.ownEngine, isShown });
    const step = STEPS[number - 1];
    if (!isShown) say(`▸ First, without showing it, step ${number}.\n`);
    stage.say(`\n${'─'.repeat(80)}\n${number} of ${STEPS.length} ▸ ${step?.shows ?? ''}\n`);
    const startedAt = performance.now();
    await step?.play(stage);
    stage.say(`\n(${((performance.now() - startedAt) / 1000).toFixed(1)} s)\n`);
  }
  say(whatToLookAt(lab, { root: infra.root, environment: infra.environment, keep: options.keep }));
  if (options.keep) await untilAborted(signal);
}

/** Each step after those that it stands on. */
function withNeeds(numbers: readonly number[]): readonly number[] {
  const all = new Set<number>();
  for (const number of numbers) {
    for (const need of withNeeds(STEPS[number - 1]?.needs ?? [])) all.add(need);
    all.add(number);
  }
  return [...all];
}

function whatToLookAt(
  lab: OwnLab,
  { root, environment, keep }: { root: string; environment: Readonly<Record<string, string>>; keep: boolean },
): string {
  const exports = Object.entries(environment)
    .filter(([name]) => name !== 'HOME')
    .map(([name, value]) => `export ${name}='${value}'`);
  const play = keep
    ? [
        `In another terminal (Ctrl-C here removes everything):`,
        '',
        ...exports,
        '',
        `cd ${root}`,
        'xgen-build status',
        'xgen-build history xgen-core',
        `docker --host ${lab.engine.host} ps`,
      ]
    : ['Everything is removed now. To look around instead: npm run demo -- --keep'];
  return [
    '',
    '─'.repeat(80),
    'Look at',
    '  examples/        the four services, each a repository with a branch per site here',
    '  dockerfiles/     the central Dockerfiles, laid over each repository when it is built',
    '  docs/            getting-started.md with services of your own, coming-from-jenkins.md',
    '',
    ...play,
    '',
  ].join('\n');
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function say(text: string): void {
  process.stdout.write(text);
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());
process.exitCode = await main(process.argv.slice(2), interrupted.signal);
