import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/adapters/make-folder.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'xgen-folder-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('a folder', () => {
  it('is made with those above it, for this user alone, and may be there already', async () => {
    const path = join(root, 'a', 'b');
    await makeFolder(path);
    await makeFolder(path);
    expect([join(root, 'a'), path].map((folder) => statSync(folder).mode & 0o777)).toEqual([0o700, 0o700]);
  });

  it('may be a link to a folder', async () => {
    symlinkSync(root, join(root, 'link'));
    await expect(makeFolder(join(root, 'link'))).resolves.toBeUndefined();
  });

  it('is refused where a file is, or is above it, or where a link leads nowhere', async () => {
    writeFileSync(join(root, 'file'), '');
    symlinkSync(join(root, 'nowhere'), join(root, 'dangling'));
    await expect(makeFolder(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(root, 'file', 'x'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(makeFolder(join(root, 'dangling'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(makeFolder(join(root, 'dangling', 'x'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is refused where no folder can be made', async () => {
    await expect(makeFolder('/proc/xgen/deeper')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
