import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Mounts a file system of its own, made of the file `DIRECTORY/NAME.disk`, at `DIRECTORY/NAME`: small enough to be full in
 * no time. The kernel lets go of the loop device with the mount, so whatever unmounts what is below the lab's folder
 * removes both.
 */
export function mountSmallDisk(directory: string, name: string, megabytes: number): void {
  const file = join(directory, `${name}.disk`);
  const folder = join(directory, name);
  writeFileSync(file, '');
  truncateSync(file, megabytes * 1_000_000);
  execFileSync('mkfs.ext4', ['-q', '-F', '-m', '0', file], { stdio: 'pipe' });
  mkdirSync(folder);
  execFileSync('mount', ['-o', 'loop', file, folder], { stdio: 'pipe' });
}
