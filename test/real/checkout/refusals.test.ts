import { chmod, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkOutSource, makeSource, openWorkshop, type TestRepository, type Workshop } from './workshop.ts';

let workshop: Workshop;
let repository: TestRepository;
const { signal } = new AbortController();

beforeEach(async () => {
  workshop = await openWorkshop();
  repository = await makeSource(workshop, 'core');
});
afterEach(async () => {
  await workshop.remove();
});

describe('what is not there', () => {
  test('a missing branch names the branches that are there', async () => {
    for (const branch of ['main', 'lotteimall', 'aww']) await repository.commit({ a: branch }, branch);
    const source = { ...repository.source, branch: 'lotteimal' };
    const expected = {
      code: 'BRANCH_MISSING',
      message: expect.stringContaining('did you mean "lotteimall"?') as string,
      evidence: ['branches that are there: aww, lotteimall, main'],
    };
    await expect(checkOutSource(workshop.sources, source)).rejects.toMatchObject(expected);
    await expect(workshop.sources.resolve(source, signal)).rejects.toMatchObject(expected);
  });

  test('a branch that is only the end of another one is missing', async () => {
    await repository.commit({ a: 'a' }, 'release/main');
    await expect(workshop.sources.resolve(repository.source, signal)).rejects.toMatchObject({ code: 'BRANCH_MISSING' });
  });

  test('an empty repository', async () => {
    await expect(checkOutSource(workshop.sources, repository.source)).rejects.toMatchObject({
      code: 'REPOSITORY_EMPTY',
    });
    await expect(workshop.sources.resolve(repository.source, signal)).rejects.toMatchObject({
      code: 'REPOSITORY_EMPTY',
    });
  });

  test('a missing repository', async () => {
    const source = { ...repository.source, url: pathToFileURL(join(workshop.repositories, 'nope.git')).href };
    await expect(checkOutSource(workshop.sources, source)).rejects.toMatchObject({ code: 'REPOSITORY_MISSING' });
  });

  test('a server that does not answer', async () => {
    const source = { ...repository.source, url: 'http://127.0.0.1:9/g/r.git' };
    await expect(workshop.sources.resolve(source, signal)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    const unknown = { ...repository.source, url: 'http://no-such-host.invalid/g/r.git' };
    await expect(checkOutSource(workshop.sources, unknown)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  });
});

describe('names that git could take for something else', () => {
  test.each(['--upload-pack=x', '../x', 'a b', '$(x)', '-x'])('the site %j', async (site) => {
    await repository.commit({ a: 'a' });
    const checkout = checkOutSource(workshop.sources, repository.source, { site });
    await expect(checkout).rejects.toMatchObject({ code: 'NAME_REFUSED' });
    const branch = workshop.sources.resolve({ ...repository.source, branch: site }, signal);
    await expect(branch).rejects.toMatchObject({ code: 'NAME_REFUSED' });
    await expect(readdir(workshop.cacheDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('an address that would run a program', async () => {
    const source = { ...repository.source, url: `ext::touch ${workshop.home}/run` };
    await expect(workshop.sources.resolve(source, signal)).rejects.toMatchObject({ code: 'NAME_REFUSED' });
    expect(await readdir(workshop.home)).toEqual([]);
  });
});

describe('what the repository or the user configured', () => {
  test('filters, hooks and address changes do nothing', async () => {
    const program = join(workshop.root, 'program');
    await writeFile(program, `#!/bin/sh\ntouch ${workshop.root}/program-ran\ncat\n`);
    await chmod(program, 0o755);
    await writeFile(
      join(workshop.home, '.gitconfig'),
      [
        `[filter "evil"]\n\tsmudge = ${program}\n\tclean = ${program}\n\trequired = true`,
        `[core]\n\tfsmonitor = ${program}\n\thooksPath = ${workshop.root}\n\tsshCommand = ${program}`,
        `[url "file:///nowhere/"]\n\tinsteadOf = file://`,
        `[uploadpack]\n\tpackObjectsHook = ${program}`,
      ].join('\n'),
    );
    await repository.commit({ '.gitattributes': '* filter=evil\n', a: 'a' });
    const tree = await checkOutSource(workshop.sources, repository.source);
    await tree.release();
    expect(await readdir(workshop.root)).not.toContain('program-ran');
    expect(await readFile(join(tree.directory, 'a'), 'utf8')).toBe('a');
  });
});

describe('Git LFS', () => {
  const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'4'.repeat(64)}\nsize 123456\n`;

  test('a pointer in the tree is an error that names the files, as long as it is there', async () => {
    await repository.commit({ 'models/a b.bin': POINTER, 'models/c.bin': POINTER, 'small.txt': 'x'.repeat(130) });
    for (let round = 0; round < 2; round += 1) {
      await expect(checkOutSource(workshop.sources, repository.source)).rejects.toMatchObject({
        code: 'LFS_POINTER',
        message: expect.stringContaining('"models/a b.bin", "models/c.bin"') as string,
      });
    }
    await repository.commit({ 'models/a b.bin': 'real', 'models/c.bin': null });
    const tree = await checkOutSource(workshop.sources, repository.source);
    await tree.release();
    await repository.commit({ 'later.bin': POINTER });
    await expect(checkOutSource(workshop.sources, repository.source)).rejects.toMatchObject({ code: 'LFS_POINTER' });
  });

  test('a link to a pointer, and a text about pointers, are none', async () => {
    await repository.commit({ link: { linkTo: 'nowhere' }, 'README.md': `A pointer is:\n${POINTER}` });
    const tree = await checkOutSource(workshop.sources, repository.source);
    expect(await readdir(tree.directory)).toEqual(['README.md', 'link']);
    await tree.release();
  });
});
