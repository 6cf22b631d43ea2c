import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { LAB_PREFIX, removeDeadLabs, removeStrayMounts, writeMarker } from '../../lab/leftovers.ts';
import { mountSmallDisk } from '../../lab/small-disk.ts';
import { useLab } from '../../lab/use-lab.ts';

/** Mounts and loop devices that name the folder. */
function tracesOf(directory: string): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const devices = readdirSync('/sys/block')
    .map((name) => join('/sys/block', name, 'loop/backing_file'))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'));
  return [...mounts, ...devices].filter((line) => line.includes(directory));
}

function folderWithDisk(): string {
  const directory = mkdtempSync(join(tmpdir(), LAB_PREFIX));
  mountSmallDisk(directory, 'data', 30);
  return directory;
}

it('is small, and goes with the lab of a process that is dead', async () => {
  const directory = folderWithDisk();
  const disk = statfsSync(join(directory, 'data'));
  expect(disk.bsize * disk.blocks).toBeLessThan(31_000_000);
  expect(tracesOf(directory).length).toBeGreaterThanOrEqual(2);
  const dead = spawnSync('true');
  const network = { ...useLab().description.network, bridge: 'xgl-nobody', pool: '10.255.255.0/21' };
  writeMarker(directory, { owner: { pid: dead.pid, startTime: '1' }, network, madeFolders: [] });

  expect(await removeDeadLabs()).toContain(directory);

  expect(tracesOf(directory)).toEqual([]);
  expect(existsSync(directory)).toBe(false);
});

it('is found where its folder is gone and a process still holds its device', async () => {
  const directory = folderWithDisk();
  const strays = (): string[] => removeStrayMounts().filter((left) => left.includes(directory));
  const held = openSync(join(directory, 'data', 'held'), 'w');
  execFileSync('umount', ['--lazy', join(directory, 'data')]);
  rmSync(directory, { recursive: true });

  expect(strays()).toHaveLength(1);

  closeSync(held);
  await vi.waitFor(() => expect(tracesOf(directory)).toEqual([]), 10_000);
  expect(strays()).toEqual([]);
});
