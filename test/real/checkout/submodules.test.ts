import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SourceRef } from '../../../src/ports/sources.ts';
import { checkOutSource, makeSource, openWorkshop, type TestRepository, type Workshop } from './workshop.ts';

let workshop: Workshop;
let repository: TestRepository;
let library: TestRepository;
let withSubmodules: SourceRef;

beforeEach(async () => {
  workshop = await openWorkshop();
  repository = await makeSource(workshop, 'core');
  library = await makeSource(workshop, 'library');
  withSubmodules = { ...repository.source, submodules: true };
  await repository.commit({ main: 'main' });
});
afterEach(async () => {
  await workshop.remove();
});

describe('submodules', () => {
  test('are not fetched where nobody asked: their folders are empty', async () => {
    const commit = await library.commit({ lib: 'one' });
    await repository.addSubmodule({ path: 'libs/x', url: '../library.git', commit });
    const tree = await checkOutSource(workshop.sources, repository.source);
    expect(await readdir(join(tree.directory, 'libs/x'))).toEqual([]);
    await tree.release();
    await writeFile(join(tree.directory, 'libs/x/left'), '');
    const next = await checkOutSource(workshop.sources, repository.source);
    expect(await readdir(join(next.directory, 'libs/x'))).toEqual([]);
    await next.release();
  });

  test('are brought to their commits, cleaned, moved on and taken away', async () => {
    const one = await library.commit({ lib: 'one', old: 'old' });
    await repository.addSubmodule({ path: 'libs/x', url: '../library.git', commit: one });
    const first = await checkOutSource(workshop.sources, withSubmodules);
    expect(await readdir(join(first.directory, 'libs/x'))).toEqual(['lib', 'old']);
    await writeFile(join(first.directory, 'libs/x/Dockerfile'), 'overlay');
    await first.release();
    expect(await readdir(join(first.directory, 'libs/x'))).toEqual(['lib', 'old']);

    const two = await library.commit({ lib: 'two', old: null });
    await repository.addSubmodule({ path: 'libs/x', url: '../library.git', commit: two });
    const second = await checkOutSource(workshop.sources, withSubmodules);
    expect(await readdir(join(second.directory, 'libs/x'))).toEqual(['lib']);
    expect(await readFile(join(second.directory, 'libs/x/lib'), 'utf8')).toBe('two');
    await second.release();

    await repository.commit({ '.gitmodules': null, 'libs/x': null });
    const third = await checkOutSource(workshop.sources, withSubmodules);
    expect(await readdir(third.directory)).toEqual(['main']);
    await third.release();
  });

  test('inside submodules are brought too', async () => {
    const inner = await makeSource(workshop, 'inner');
    const innerCommit = await inner.commit({ deep: 'deep' });
    await library.commit({ lib: 'lib' });
    const commit = await library.addSubmodule({ path: 'inner', url: '../inner.git', commit: innerCommit });
    await repository.addSubmodule({ path: 'lib', url: '../library.git', commit });
    const tree = await checkOutSource(workshop.sources, withSubmodules);
    expect(await readFile(join(tree.directory, 'lib/inner/deep'), 'utf8')).toBe('deep');
    await tree.release();
  });

  test.each([
    'https://elsewhere.example.com/x.git',
    '/etc',
    'file:///etc',
    '../../secret.git',
    'ext::sh -c id',
    '--upload-pack=id',
  ])('at %s are refused', async (url) => {
    await repository.addSubmodule({ path: 'x', url, commit: '1'.repeat(40) });
    await expect(checkOutSource(workshop.sources, withSubmodules)).rejects.toMatchObject({ code: 'SUBMODULE_REFUSED' });
  });

  test('without an address, or with a commit that is nowhere, say so', async () => {
    await repository.addSubmodule({ path: 'x', url: '../library.git', commit: '1'.repeat(40) });
    await expect(checkOutSource(workshop.sources, withSubmodules)).rejects.toMatchObject({ code: 'CHECKOUT_FAILED' });
    await repository.commit({ '.gitmodules': '' });
    await expect(checkOutSource(workshop.sources, withSubmodules)).rejects.toMatchObject({
      code: 'CHECKOUT_FAILED',
      message: expect.stringContaining('has no address') as string,
    });
  });
});
