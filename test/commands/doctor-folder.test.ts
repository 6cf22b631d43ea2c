import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Finding } from '../../src/commands/doctor.ts';
import { describeRefusal, folderExamination, judgeRoom, roomFix, roomText } from '../../src/commands/doctor-folder.ts';

async function makeRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'xgen-doctor-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return root;
}

async function examine(path: string): Promise<Finding> {
  const examination = folderExamination({ name: 'disk state', path, variable: 'XGEN_STATE_DIR', isCache: false });
  return (await examination.examine(new AbortController().signal)) as Finding;
}

it.each([
  [499_999_999, 'error'],
  [500_000_000, 'warning'],
  [4_999_999_999, 'warning'],
  [5_000_000_000, 'ok'],
])('judges %i bytes of room as %s', (bytes, status) => {
  expect(judgeRoom(bytes)).toBe(status);
});

it.each([
  [0, '0 MB'],
  [412_900_000, '412 MB'],
  [999_999_999, '999 MB'],
  [1_000_000_000, '1.0 GB'],
  [4_999_999_999, '4.9 GB'],
  [77_312_000_000, '77.3 GB'],
])('says %i bytes as %s', (bytes, text) => {
  expect(roomText(bytes)).toBe(text);
});

it('looks at a folder that is not there by the nearest one above it, and makes nothing', async () => {
  const root = await makeRoot();
  const finding = await examine(join(root, 'a/b/c'));
  expect(finding.detail).toMatch(/^[\d.]+ [MG]B free for .*\/a\/b\/c$/);
  expect(await readdir(root)).toEqual([]);
});

it('says that a file is in the way, as the folder or on the way to it', async () => {
  const root = await makeRoot();
  await writeFile(join(root, 'state'), '');
  for (const path of ['state', 'state/deeper']) {
    expect(await examine(join(root, path))).toMatchObject({
      status: 'error',
      detail: `${root}/state is a file, and a folder is needed there`,
      fix: 'move the file away, or set XGEN_STATE_DIR to another folder',
    });
  }
});

it.each([
  ['EACCES', '/srv/state may not be written to by this user'],
  ['EPERM', '/srv/state may not be written to by this user'],
  ['EROFS', '/srv/state is on a disk that is mounted read-only'],
  ['EIO', '/srv/state cannot be used: EIO'],
])('says why the system refuses a folder: %s', (code, detail) => {
  expect(describeRefusal('/srv/state', Object.assign(new Error(code), { code }))).toEqual({
    detail,
    fix: 'give this user the right to write there (ls -ld /srv/state)',
  });
});

it('writes paths as a shell takes them', () => {
  expect(describeRefusal("/srv/jiwon's state", new Error('no')).fix).toContain(
    String.raw`ls -ld '/srv/jiwon'\''s state'`,
  );
});

it('says what makes room: of the cache nothing is missed', () => {
  const state = { name: 'disk state', path: '/srv/state', variable: 'XGEN_STATE_DIR', isCache: false };
  const cache = { name: 'disk cache', path: '/srv/my cache', variable: 'XGEN_CACHE_DIR', isCache: true };
  expect(roomFix(state, '/srv')).toBe(
    'make room on the disk (df -H /srv), or set XGEN_STATE_DIR to a folder on a larger disk',
  );
  expect(roomFix(cache, '/srv/my cache')).toBe(
    "while no build runs: rm -rf '/srv/my cache' (it is filled again), or set XGEN_CACHE_DIR to a folder on a larger disk",
  );
  expect(roomFix(cache, '/srv')).toContain('df -H /srv');
});
