import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../../bin/xgen-build', import.meta.url));

/** A package whose program says which Node it runs on, its process and its arguments. */
const PROGRAM = `console.log(JSON.stringify({ node: process.execPath, parent: process.ppid, args: process.argv.slice(2) }));`;

let folder = '';
let root = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'launcher-'));
  await makePackage(join(folder, 'node_modules', 'xgen-build'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function makePackage(at: string): Promise<void> {
  root = at;
  for (const name of ['bin', 'dist']) await mkdir(join(root, name), { recursive: true });
  await copyFile(LAUNCHER, join(root, 'bin', 'xgen-build'));
  await chmod(join(root, 'bin', 'xgen-build'), 0o755);
  await writeFile(join(root, 'dist', 'main.js'), PROGRAM);
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
}

interface Launched {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function launch(program: string, path: string, args: readonly string[] = []): Promise<Launched> {
  return new Promise((resolve) => {
    execFile(program, args, { env: { PATH: path, HOME: folder } }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** A folder for PATH with a `node` that claims to be of a version, and can do nothing but that. */
async function oldNode(): Promise<string> {
  const path = join(folder, 'old');
  await mkdir(path);
  await writeFile(join(path, 'node'), '#!/bin/sh\n[ "$1" = -v ] && echo v18.0.0 && exit 0\nexit 1\n');
  await chmod(join(path, 'node'), 0o755);
  return `${path}:/usr/bin:/bin`;
}

async function placeNode(modules: string): Promise<string> {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  const bin = join(modules, `node-linux-${arch}`, 'bin');
  await mkdir(bin, { recursive: true });
  await symlink(process.execPath, join(bin, 'node'));
  return join(bin, 'node');
}

const own = (): string => join(root, 'bin', 'xgen-build');

it('takes the Node beside the package, the one that npm hoisted, and one on PATH that fits', async () => {
  await placeNode(join(root, 'node_modules'));
  expect(await launch(own(), await oldNode())).toMatchObject({ code: 0 });
  await rm(join(root, 'node_modules'), { recursive: true });
  await placeNode(join(folder, 'node_modules'));
  expect(await launch(own(), '/usr/bin:/bin')).toMatchObject({ code: 0 });
  await rm(join(folder, 'node_modules', `node-linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}`), {
    recursive: true,
  });
  const onPath = `${join(process.execPath, '..')}:/usr/bin:/bin`;
  expect(await launch(own(), onPath)).toMatchObject({ code: 0 });
});

it('says which Node it needs where there is none that fits, and ends with 2', async () => {
  const run = await launch(own(), await oldNode());
  expect(run.code).toBe(2);
  expect(run.stderr).toContain('Node 22.22.3');
  expect(run.stderr).toContain('v18.0.0');
  expect(run.stdout).toBe('');
});

it('works through links, hands arguments over as they are, and becomes the program', async () => {
  await placeNode(join(folder, 'node_modules'));
  await mkdir(join(folder, 'node_modules', '.bin'));
  const link = join(folder, 'node_modules', '.bin', 'xgen-build');
  await symlink('../xgen-build/bin/xgen-build', link);
  const run = await launch(link, '/usr/bin:/bin', ['a b', '*', '']);
  const said = JSON.parse(run.stdout) as { parent: number; args: string[] };
  expect(said.args).toEqual(['a b', '*', '']);
  expect(said.parent).toBe(process.pid);
});

it('runs the source of a checkout where the bundle is older, or missing', async () => {
  await makePackage(join(folder, 'checkout'));
  await placeNode(join(root, 'node_modules'));
  await mkdir(join(root, 'src', 'deep'), { recursive: true });
  await writeFile(join(root, 'src', 'main.ts'), `console.log('source');`);
  await writeFile(join(root, 'src', 'deep', 'part.ts'), '');
  const past = new Date(Date.now() - 60_000);
  for (const file of ['src/main.ts', 'src/deep/part.ts', 'package.json']) await utimes(join(root, file), past, past);
  expect((await launch(own(), '/usr/bin:/bin')).stdout).toContain('"args"');
  await utimes(join(root, 'src', 'deep', 'part.ts'), new Date(), new Date(Date.now() + 5_000));
  expect((await launch(own(), '/usr/bin:/bin')).stdout).toBe('source\n');
  await rm(join(root, 'dist'), { recursive: true });
  expect((await launch(own(), '/usr/bin:/bin')).stdout).toBe('source\n');
});
