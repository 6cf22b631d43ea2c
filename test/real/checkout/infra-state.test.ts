import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GIT_ENVIRONMENT } from '../../lab/repositories.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

let workshop: Workshop;
let infra: string;

beforeEach(async () => {
  workshop = await openWorkshop();
  infra = join(workshop.root, 'infra');
  for (const folder of ['config', 'dockerfiles']) await mkdir(join(infra, folder), { recursive: true });
  await writeFile(join(infra, 'config/project.yaml'), 'a: 1\n');
});
afterEach(async () => {
  await workshop.remove();
});

function git(...args: string[]): string {
  const author = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  return execFileSync('git', ['-C', infra, ...author, ...args], {
    env: { ...GIT_ENVIRONMENT },
    encoding: 'utf8',
  }).trim();
}

function commitAll(): string {
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'infra');
  return git('rev-parse', 'HEAD');
}

test('says the commit, and that nothing was changed', async () => {
  const commit = commitAll();
  await writeFile(join(infra, 'notes.txt'), 'not configuration');
  expect(await workshop.sources.infraState(infra)).toEqual({ commit, dirty: false, behind: null });
});

test.each(['config/project.yaml', 'config/new.yaml', 'dockerfiles/a/Dockerfile'])(
  'is dirty with a change in %s',
  async (path) => {
    const commit = commitAll();
    await mkdir(join(infra, 'dockerfiles/a'), { recursive: true });
    await writeFile(join(infra, path), 'a: 2\n');
    expect(await workshop.sources.infraState(infra)).toEqual({ commit, dirty: true, behind: null });
  },
);

test('is no checkout outside of one, and before the first commit', async () => {
  expect(await workshop.sources.infraState(infra)).toEqual({ commit: null, dirty: false, behind: null });
  git('init', '-q');
  expect(await workshop.sources.infraState(infra)).toEqual({ commit: null, dirty: false, behind: null });
});

test('writes nothing into the checkout, and runs nothing that it configures', async () => {
  commitAll();
  const before = await readFile(join(infra, '.git/index'));
  git('config', 'core.fsmonitor', `touch ${workshop.root}/ran; true`);
  await writeFile(join(infra, 'config/project.yaml'), 'a: 1\n');
  expect(await workshop.sources.infraState(infra)).toMatchObject({ dirty: false });
  expect(await readFile(join(infra, '.git/index'))).toEqual(before);
  await expect(readFile(join(workshop.root, 'ran'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('says how far it is behind the branch that it follows', async () => {
  commitAll();
  git('clone', '-q', '.', join(workshop.root, 'clone'));
  git('commit', '-q', '--allow-empty', '-m', 'newer');
  execFileSync('git', ['-C', join(workshop.root, 'clone'), 'fetch', '-q'], { env: { ...GIT_ENVIRONMENT } });
  expect(await workshop.sources.infraState(join(workshop.root, 'clone'))).toMatchObject({ dirty: false, behind: 1 });
});
