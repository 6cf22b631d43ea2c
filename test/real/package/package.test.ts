import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { copyCheckout } from '../../lab/copy-checkout.ts';
import { useLab } from '../../lab/use-lab.ts';

const run = promisify(execFile);
const LIMIT_MS = 170_000;
let folder = '';
let program = '';
let tarball = '';

/** Packed from a copy, since packing makes `dist` anew; installed where nothing of the checkout is near. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xgen-package-'));
  const checkout = join(folder, 'checkout');
  await copyCheckout(checkout, { withModules: true });
  const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: checkout, maxBuffer: 1e8 });
  tarball = join(folder, /xgen-build-[\w.-]+\.tgz/.exec(packed.stdout)?.[0] ?? 'missing.tgz');
  const elsewhere = join(folder, 'elsewhere');
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, 'package.json'), '{"private":true}');
  await run('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: elsewhere, maxBuffer: 1e8 });
  program = join(elsewhere, 'node_modules', '.bin', 'xgen-build');
}, 400_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

it('holds the program, its Dockerfiles and docs, and nothing of its development', async () => {
  const { stdout } = await run('tar', ['-tzf', tarball]);
  const files = stdout
    .trim()
    .split('\n')
    .map((file) => file.replace(/^package\//, ''));
  const expected =
    /^(?:package\.json|README\.md|LICENSE|bin\/xgen-build|dist\/main\.js|dist\/chunks\/[\w.-]+\.js|dist\/types\/.+\.d\.ts|dockerfiles\/.+|docs\/.+)$/;
  expect(files.filter((file) => !expected.test(file))).toEqual([]);
  for (const file of [
    'LICENSE',
    'README.md',
    'bin/xgen-build',
    'dist/main.js',
    'dockerfiles/xgen-python/entrypoint.sh',
    'docs/errors.md',
  ])
    expect(files).toContain(file);
});

it('says what a publisher needs', async () => {
  const manifest = JSON.parse(
    await readFile(join(folder, 'elsewhere/node_modules/xgen-build/package.json'), 'utf8'),
  ) as Record<string, unknown>;
  expect(manifest).toMatchObject({
    license: 'MIT',
    bin: { 'xgen-build': 'bin/xgen-build' },
    engines: { node: expect.any(String) },
    types: expect.stringMatching(/\.d\.ts$/),
  });
});

it('runs where it was installed', async () => {
  const environment = { PATH: process.env['PATH'], HOME: folder };
  const version = await run(program, ['--version'], { env: environment });
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const infra = await useLab().freshInfra();
  const build = await run(program, ['xgen-core', '--site', 'lotteimall', '--env', 'dev', '--output', 'json'], {
    env: { ...environment, ...infra.environment },
    timeout: LIMIT_MS,
    maxBuffer: 1e8,
  });
  expect(JSON.parse(build.stdout)).toMatchObject({ status: 'succeeded', number: 1 });
  expect(await infra.ask('dev', 'xgen-core')).toBe('xgen-core lotteimall 1\n');
});

it('writes the files of a new project with the Dockerfiles that it brought', async () => {
  const service = join(folder, 'service');
  await mkdir(service);
  await writeFile(join(service, 'pyproject.toml'), '[project]\nname = "service"\n');
  const infra = join(folder, 'infra');
  await mkdir(infra);
  const environment = { PATH: process.env['PATH'], HOME: folder };
  const { stdout } = await run(program, ['init', '../service'], { cwd: infra, env: environment });
  expect(stdout).toContain('wrote  dockerfiles/xgen-python/Dockerfile.local');
  const check = await run(program, ['config', 'check'], { cwd: infra, env: environment });
  expect(check.stdout).toMatch(/^ok +config\/project\.yaml/);
});

it('brings types for the result', async () => {
  const elsewhere = join(folder, 'elsewhere');
  const source =
    "import type { BuildResult } from 'xgen-build';\nimport type { BuildEvent } from 'xgen-build/events';\nexport const number = (result: BuildResult, event: BuildEvent): number => (result.number ?? 0) + event.seq;\n";
  await writeFile(join(elsewhere, 'use.mts'), source);
  const tsc = join(import.meta.dirname, '../../../node_modules/typescript/bin/tsc');
  const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2024', '--ignoreConfig', 'use.mts'];
  const { stdout } = await run(process.execPath, [tsc, ...options], { cwd: elsewhere }).catch(
    (error: unknown) => error as { stdout: string },
  );
  expect(stdout).toBe('');
});
