import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { aptMirror } from '../package-mirrors.ts';
import { NPM_VERSION, RELEASE } from './recipes.ts';

const run = promisify(execFile);

/** What an image does without: lists and archives of packages, logs, and what only people read. */
const LEFT_OUT = [
  './etc/resolv.conf',
  './usr/share/doc/*',
  './usr/share/locale/*',
  './usr/share/man/*',
  './var/cache/apt/*',
  './var/lib/apt/lists/*',
  './var/log/*',
];

/** Debian's smallest system as `root.tar` in a folder, by debootstrap; its own work goes to the folder too. */
export async function makeRoot(folder: string): Promise<void> {
  const root = join(folder, 'root');
  await nice('debootstrap', '--variant=minbase', '--include=ca-certificates', RELEASE, root, aptMirror());
  const excludes = LEFT_OUT.map((pattern) => `--exclude=${pattern}`);
  await nice('tar', '--directory', root, '--create', '--file', join(folder, 'root.tar'), ...excludes, '.');
}

/** The package of npm, unpacked into `npm` in a folder. */
export async function fetchNpm(folder: string): Promise<void> {
  await nice('npm', 'pack', '--silent', '--pack-destination', folder, `npm@${NPM_VERSION}`);
  await mkdir(join(folder, 'npm'));
  const archive = join(folder, `npm-${NPM_VERSION}.tgz`);
  await nice('tar', '--extract', '--file', archive, '--directory', join(folder, 'npm'), '--strip-components=1');
}

/** It takes minutes: whatever else runs on the machine goes first. */
async function nice(...command: readonly string[]): Promise<void> {
  try {
    await run('nice', ['-n', '19', ...command], { maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
    const last = `${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n');
    throw new Error(`${command.join(' ')} failed:\n${last}`, { cause: error });
  }
}
