import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

/**
 * Makes `/LAB/CLUSTER` in every hierarchy that a kubelet and runc use (one of cgroup v2, several of v1): a kubelet
 * demands that the cgroup which its pods are to be in exists.
 */
export function makeCgroup(path: readonly string[]): void {
  const isVersion2 = existsSync(join(ROOT, 'cgroup.controllers'));
  for (const hierarchy of isVersion2 ? [ROOT] : hierarchies()) {
    let parent = hierarchy;
    for (const name of path) {
      if (isVersion2) enableControllers(parent);
      const folder = join(parent, name);
      mkdirSync(folder, { recursive: true });
      // A cpuset of version 1 is empty at first, and no process can join it.
      for (const file of ['cpuset.cpus', 'cpuset.mems'])
        if (!isVersion2 && isEmpty(join(folder, file))) writeFileSync(join(folder, file), read(join(parent, file)));
      parent = folder;
    }
    if (isVersion2) enableControllers(parent);
  }
}

function hierarchies(): string[] {
  const mounts = read('/proc/mounts').split('\n');
  const places = mounts.map((line) => line.split(' ')).filter(([, , type]) => type === 'cgroup');
  return [...new Set(places.flatMap(([, place]) => place ?? []))];
}

function enableControllers(folder: string): void {
  for (const controller of read(join(folder, 'cgroup.controllers')).trim().split(' ')) {
    try {
      writeFileSync(join(folder, 'cgroup.subtree_control'), `+${controller}`);
    } catch {
      // Some cannot be handed on; the kubelet says so itself where it needs them.
    }
  }
}

function isEmpty(file: string): boolean {
  return existsSync(file) && read(file).trim() === '';
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}
