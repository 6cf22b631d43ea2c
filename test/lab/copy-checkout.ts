import { execFile } from 'node:child_process';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Copies every file of this checkout that is or would be committed; its own node_modules are linked where asked for. */
export async function copyCheckout(folder: string, { withModules }: { withModules: boolean }): Promise<void> {
  const list = ['-C', ROOT, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await promisify(execFile)('git', list, { maxBuffer: 16 * 1024 * 1024 });
  for (const path of stdout.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    // A file that was removed and not committed yet is in the list too.
    await cp(join(ROOT, path), join(folder, path)).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    });
  }
  if (withModules) await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}
