import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { buildPrograms } from '../test/lab/cluster/build-programs.ts';
import { BUILD_COMMAND, BUILD_TIME, hasPrograms } from '../test/lab/cluster/programs.ts';
import { removeDeadLabs } from '../test/lab/leftovers.ts';
import { build, isStale } from './build.ts';

/**
 * Unit tests, then tests against real parts, those that build the example services, and those on clusters where their programs are built or CI is set; with
 * arguments, one run of vitest with them.
 */
async function main(args: readonly string[]): Promise<number> {
  if (isStale()) await build();
  const isWhole = args.length === 0;
  const inCi = (process.env['CI'] ?? '') !== '';
  if (isWhole ? inCi : args.includes('cluster')) await buildPrograms(say);
  const withClusters = hasPrograms();
  const projects = ['unit', 'real', 'dockerfiles', ...(withClusters ? ['cluster'] : [])];
  const runs = isWhole ? projects.map((project) => ['--project', project]) : [args];
  let worst = 0;
  for (const run of runs) {
    const code = await runVitest(run);
    if (code >= 128) return code;
    worst = Math.max(worst, code);
  }
  if (isWhole && !withClusters)
    say(`
The tests on Kubernetes clusters (project "cluster") were left out: their programs are not built here.
  ${BUILD_COMMAND}      makes them, once (${BUILD_TIME}); from then on npm test takes those tests in`);
  return worst;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function runVitest(args: readonly string[]): Promise<number> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  // vitest keeps a token for its browser mode in the user's home otherwise.
  const environment = { ...process.env, XDG_DATA_HOME: join(import.meta.dirname, '..', 'node_modules', '.data') };
  const child = spawn(process.execPath, [vitest, 'run', ...args], { stdio: 'inherit', env: environment });
  // In a terminal Ctrl-C reaches vitest by itself; a signal to this process alone is handed on.
  const forward = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  process.on('SIGINT', forward);
  process.on('SIGTERM', forward);
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve(status ?? (signal === 'SIGINT' ? 130 : 143)));
  });
  process.off('SIGINT', forward);
  process.off('SIGTERM', forward);
  // A vitest that was killed could not end its lab.
  await removeDeadLabs();
  return code;
}

process.exitCode = await main(process.argv.slice(2));
