import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLab, type OwnLab } from '../test/lab/lab.ts';
import { build, isStale } from './build.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Shows the main job on real parts that it starts itself, and removes them again. Resolves to an exit code. */
async function main(signal: AbortSignal): Promise<number> {
  say('Starting a Docker engine, three registries and a git server in a folder of their own.');
  if (isStale()) await build();
  const lab = await startLab();
  try {
    await show(lab, signal);
    return 0;
  } catch (error) {
    if (signal.aborted) return 130;
    throw error;
  } finally {
    say('Removing everything that was started.');
    await lab.close();
  }
}

async function show(lab: OwnLab, signal: AbortSignal): Promise<void> {
  const xgen = (...args: string[]): Promise<void> => runXgen({ lab, args, signal });
  say('Two services have a repository each, with a branch per site; the Dockerfiles and three YAML files are central.');
  await xgen('plan', 'xgen-core', '--site', 'lotteimall', '--env', 'both');
  say('The main job builds the branch of a site, pushes the image, and rolls it out to dev, then to prd.');
  await xgen('xgen-core', '--site', 'lotteimall', '--env', 'both');
  await showAnswers(lab, 'xgen-core');
  say('The other service is one more block of YAML, and no code.');
  await xgen('xgen-frontend', '--site', 'lotteimall', '--env', 'dev');
  say('Somebody commits; the second run takes what changed, and the next number.');
  await lab.commit({
    service: 'xgen-core',
    branch: 'lotteimall',
    files: { 'www/health': 'xgen-core lotteimall 2\n' },
    message: 'Answer with a 2',
  });
  await xgen('xgen-core', '--site', 'lotteimall', '--env', 'both');
  await showAnswers(lab, 'xgen-core');
  say('Version 2 turns out to be wrong in prd: what ran well there before comes back, without a build.');
  await xgen('rollback', 'xgen-core', '--site', 'lotteimall', '--env', 'prd');
  await showAnswers(lab, 'xgen-core');
  say('What runs where, and what was built:');
  await xgen('status', 'xgen-core', '--site', 'lotteimall');
  await xgen('history', 'xgen-core');
}

async function showAnswers(lab: OwnLab, service: string): Promise<void> {
  for (const env of ['dev', 'prd']) {
    const answer = await lab.infra.ask(env, service);
    if (answer === null) throw new Error(`the container of ${service} in ${env} does not answer`);
    process.stdout.write(`${env.padEnd(4)} http://${lab.infra.published(env, service)}/health → ${answer.trim()}\n`);
  }
}

/** Runs the real program in this terminal; throws where it does not end with 0. */
function runXgen(call: { lab: OwnLab; args: readonly string[]; signal: AbortSignal }): Promise<void> {
  const { lab, args, signal } = call;
  signal.throwIfAborted();
  process.stdout.write(`\n$ xgen-build ${args.join(' ')}\n`);
  return new Promise((resolve, reject) => {
    const { PATH, TERM, LANG, NO_COLOR } = process.env;
    const child = spawn(join(ROOT, 'bin', 'xgen-build'), args, {
      cwd: lab.infraRoot,
      env: { PATH, TERM, LANG, NO_COLOR, ...lab.environment },
      stdio: 'inherit',
    });
    // Ctrl-C in a terminal reaches it by itself; a signal to the demo alone is handed on.
    const stop = (): void => {
      child.kill('SIGTERM');
    };
    signal.addEventListener('abort', stop);
    child.on('error', reject);
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      if (code === 0) resolve();
      else reject(new Error(`xgen-build ${args.join(' ')} ended with ${String(code)}`));
    });
  });
}

function say(sentence: string): void {
  process.stdout.write(`\n▸ ${sentence}\n`);
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());
process.exitCode = await main(interrupted.signal);
