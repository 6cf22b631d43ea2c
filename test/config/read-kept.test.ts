import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/load.ts';
import { readKept } from '../../src/config/read-kept.ts';
import { errorOf, makeInfraRoot, type GOOD } from './infra-root.ts';

let root = '';
let configDir = '';
let directory = '';
let program = '';
let loads = 0;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'xgen-kept-'));
  ({ configDir } = await makeInfraRoot());
  directory = join(root, 'configurations');
  program = join(root, 'main.js');
  await writeFile(program, 'one');
  loads = 0;
});
afterEach(async () => rm(root, { recursive: true, force: true }));

function read(by: string | null = program) {
  return readKept({
    configDir,
    directory,
    program: by,
    load: async (readOne) => {
      loads += 1;
      return loadConfiguration(configDir, readOne);
    },
  });
}

async function change(file: keyof typeof GOOD, from: string, to: string): Promise<void> {
  const path = join(configDir, `${file}.yaml`);
  const text = await readFile(path, 'utf8');
  expect(text).toContain(from);
  await writeFile(path, text.replace(from, to));
}

it('gives the same configuration, read-only too, without checking the same files again', async () => {
  const first = await read();
  const second = await read();
  expect(loads).toBe(1);
  expect(second).toEqual(first);
  expect(second).toEqual(await loadConfiguration(configDir));
  expect(Object.isFrozen(second.services['xgen-core']?.branches)).toBe(true);
});

it('sees every change of a file, also one of the same length and with the same times', async () => {
  await read();
  const path = join(configDir, 'services.yaml');
  await change('services', 'port: 3000', 'port: 3001');
  await utimes(path, new Date(0), new Date(0));
  expect((await read()).services['xgen-frontend']?.port).toBe(3001);
  await change('services', 'port: 3001', 'port: 3000');
  await utimes(path, new Date(0), new Date(0));
  expect((await read()).services['xgen-frontend']?.port).toBe(3000);
  expect(loads).toBe(2);
});

it('does not believe what another program kept, or the same one before it was built again', async () => {
  await read();
  await writeFile(program, 'two');
  await read();
  expect(loads).toBe(2);
  const other = join(root, 'other.js');
  await writeFile(other, 'two');
  await read(other);
  expect(loads).toBe(3);
});

it('keeps nothing for a program that is no single file, or is gone', async () => {
  for (const none of [null, join(root, 'gone.js')]) {
    await read(none);
    await read(none);
  }
  expect(loads).toBe(4);
  expect(await readdir(directory).catch(() => [])).toEqual([]);
});

it('tells the faults of a file each time, and keeps nothing of it', async () => {
  await change('services', 'port: 3000', 'prot: 3000');
  for (let round = 0; round < 2; round += 1) {
    const error = await errorOf(read());
    expect(error.evidence.join('\n')).toContain('did you mean "port"');
  }
  expect(loads).toBe(2);
  expect(await readdir(directory).catch(() => [])).toEqual([]);
  await rm(join(configDir, 'project.yaml'));
  expect(await errorOf(read())).toMatchObject({ code: 'CONFIG_MISSING' });
});

it.each([
  ['cut off', (text: string) => text.slice(0, -20)],
  ['changed', (text: string) => text.replace('3000', '3999')],
  ['something else', () => '{}'],
  ['empty', () => ''],
])('reads the files where what was kept is %s', async (_, damage) => {
  const first = await read();
  const [name = ''] = await readdir(directory);
  const file = join(directory, name);
  const text = await readFile(file, 'utf8');
  expect(damage(text)).not.toBe(text);
  await writeFile(file, damage(text));
  expect(await read()).toEqual(first);
  expect(loads).toBe(2);
  expect(await read()).toEqual(first);
  expect(loads).toBe(2);
});

it('keeps a few only, and does without where it may not write', async () => {
  for (let port = 3000; port < 3020; port += 1) {
    await change('services', `port: ${port}`, `port: ${port + 1}`);
    await read();
  }
  expect((await readdir(directory)).length).toBeLessThanOrEqual(16);
  directory = join(program, 'not-a-folder');
  expect((await read()).services['xgen-frontend']?.port).toBe(3020);
});
