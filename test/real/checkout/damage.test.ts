import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AbortReason } from '../../../src/errors/abort-reason.ts';
import { checkOutSource, makeSource, openWorkshop, type TestRepository, type Workshop } from './workshop.ts';

let workshop: Workshop;
let repository: TestRepository;

beforeEach(async () => {
  workshop = await openWorkshop();
  repository = await makeSource(workshop, 'core');
});
afterEach(async () => {
  await workshop.remove();
});

async function mirror(): Promise<string> {
  const [name = ''] = await readdir(join(workshop.cacheDir, 'mirrors'));
  return join(workshop.cacheDir, 'mirrors', name);
}

async function packs(ending: string): Promise<string[]> {
  const folder = join(await mirror(), 'objects/pack');
  return (await readdir(folder)).filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
}

describe('a damaged mirror is noticed and made anew, once, with a warning', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['packs are gone', async () => Promise.all((await packs('.pack')).map((pack) => rm(pack)))],
    ['packs are cut off', async () => Promise.all((await packs('.pack')).map((pack) => truncate(pack, 40)))],
    [
      'packs are zeros',
      async () =>
        Promise.all(
          (await packs('.pack')).map(async (pack) => writeFile(pack, Buffer.alloc((await readFile(pack)).length))),
        ),
    ],
    [
      'pack indexes are garbage',
      async () => Promise.all((await packs('.idx')).map((pack) => writeFile(pack, 'garbage'))),
    ],
    ['all objects are gone', async () => rm(join(await mirror(), 'objects'), { recursive: true })],
    ['HEAD is gone', async () => rm(join(await mirror(), 'HEAD'))],
    ['the configuration is garbage', async () => writeFile(join(await mirror(), 'config'), '[garbage')],
    [
      'references are garbage',
      async () => {
        const refs = join(await mirror(), 'refs/xgen');
        for (const name of await readdir(refs)) await writeFile(join(refs, name), 'garbage');
      },
    ],
    [
      'references name what is not there',
      async () => {
        const refs = join(await mirror(), 'refs/xgen');
        for (const name of await readdir(refs)) await writeFile(join(refs, name), `${'1'.repeat(40)}\n`);
      },
    ],
  ])('%s', async (_, damage) => {
    await repository.commit({ a: 'one', b: 'b'.repeat(5000) });
    await (await checkOutSource(workshop.sources, repository.source)).release();
    await damage();
    await repository.commit({ a: 'two' });
    const tree = await checkOutSource(workshop.sources, repository.source);
    expect(await readFile(join(tree.directory, 'a'), 'utf8')).toBe('two');
    expect(await readFile(join(tree.directory, 'b'), 'utf8')).toBe('b'.repeat(5000));
    await tree.release();
    const other = await checkOutSource(workshop.sources, repository.source, { site: 'aww' });
    expect(await readFile(join(other.directory, 'b'), 'utf8')).toBe('b'.repeat(5000));
    await other.release();
    expect(workshop.warnings.length).toBeLessThanOrEqual(1);
  });

  test('a mirror that was not finished, or whose folder is gone, is simply made', async () => {
    await repository.commit({ a: 'one' });
    await (await checkOutSource(workshop.sources, repository.source)).release();
    await rm(join(await mirror(), 'xgen-generation'));
    await (await checkOutSource(workshop.sources, repository.source)).release();
    await rm(await mirror(), { recursive: true });
    await (await checkOutSource(workshop.sources, repository.source)).release();
    expect(workshop.warnings).toEqual([]);
  });

  test('that of a submodule too', async () => {
    const library = await makeSource(workshop, 'library');
    const commit = await library.commit({ lib: 'one', big: 'b'.repeat(5000) });
    await repository.addSubmodule({ path: 'lib', url: '../library.git', commit });
    const source = { ...repository.source, submodules: true };
    await (await checkOutSource(workshop.sources, source)).release();
    const names = await readdir(join(workshop.cacheDir, 'mirrors'));
    const name = names.find((candidate) => candidate.includes('library')) ?? '';
    await rm(join(workshop.cacheDir, 'mirrors', name, 'objects'), { recursive: true });
    await rm(join(workshop.cacheDir, 'trees'), { recursive: true });
    const tree = await checkOutSource(workshop.sources, source);
    expect(await readFile(join(tree.directory, 'lib/lib'), 'utf8')).toBe('one');
    await tree.release();
  });

  test('damage on the server is an error, not an endless repair', async () => {
    await repository.commit({ a: 'one' });
    await rm(join(repository.path, 'objects'), { recursive: true });
    await expect(checkOutSource(workshop.sources, repository.source)).rejects.toMatchObject({
      code: expect.stringMatching(/CHECKOUT_FAILED|REPOSITORY_MISSING|SOURCE_UNREACHABLE/) as string,
    });
  });
});

describe('a checkout that is killed', () => {
  const PROGRAM = fileURLToPath(new URL('checkout-process.ts', import.meta.url));

  test.each([60, 150, 240, 400])('after %i ms leaves nothing that the next one does not put right', async (ms) => {
    const files = Object.fromEntries(
      Array.from({ length: 1500 }, (_, index) => [`d${index % 30}/f${index}`, `one ${index}`]),
    );
    await repository.commit(files);
    const child = spawn(process.execPath, [PROGRAM, workshop.cacheDir, repository.source.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await wait(ms);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const begin = performance.now();
    const tree = await checkOutSource(workshop.sources, repository.source);
    expect(performance.now() - begin).toBeLessThan(10_000);
    const found = await readdir(tree.directory, { recursive: true });
    expect(found.length).toBe(1530);
    expect(await readFile(join(tree.directory, 'd29/f1499'), 'utf8')).toBe('one 1499');
    await tree.release();
    expect(workshop.warnings).toEqual([]);
    const packs = await readdir(join(await mirror(), 'objects/pack'));
    expect(packs.filter((name) => name.startsWith('tmp_'))).toEqual([]);
  });
});

test('an abort stops git at once and gives everything back', async () => {
  const files = Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`f${index}`, `${index}`]));
  await repository.commit(files);
  for (const ms of [1, 30, 80, 150]) {
    const stop = new AbortController();
    const reason = new AbortReason('canceled', 'Ctrl-C');
    const checkout = checkOutSource(workshop.sources, repository.source, { signal: stop.signal });
    setTimeout(() => stop.abort(reason), ms);
    await checkout.then(
      (tree) => tree.release(),
      (error: unknown) => expect(error).toBe(reason),
    );
  }
  const tree = await checkOutSource(workshop.sources, repository.source);
  expect((await readdir(tree.directory)).length).toBe(1500);
  await tree.release();
});
