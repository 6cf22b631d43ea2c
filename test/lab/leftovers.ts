import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeMountsBelow } from './mounts.ts';
import { removeBridges, type LabNetwork } from './network.ts';
import {
  endProcess,
  isAlive,
  isGoneWithin,
  recordedNames,
  recordOf,
  signalProcess,
  type ProcessRecord,
} from './processes.ts';

/** Folders of labs are `xgl-` and six characters below the system's temporary folder. */
export const LAB_PREFIX = 'xgl-';

/** What `lab.json` in a lab's folder says: whose it is and what outside the folder belongs to it. */
export interface LabMarker {
  readonly owner: ProcessRecord;
  /** Null where the engine is somebody else's. */
  readonly network: LabNetwork | null;
  /** Shared folders of engines that were not there before this lab: they go with it, unless another one uses them. */
  readonly madeFolders: readonly string[];
}

/** Where engines, containerd, runc and umount keep things whatever they are told, the inner ones first. */
const SHARED_FOLDERS = [
  '/run/docker/plugins',
  '/run/docker',
  '/run/containerd/s',
  '/run/containerd',
  '/run/runc',
  '/run/mount',
];

export function missingSharedFolders(): string[] {
  return SHARED_FOLDERS.filter((folder) => !existsSync(folder));
}

export function writeMarker(directory: string, marker: LabMarker): void {
  writeFileSync(join(directory, 'lab.json'), JSON.stringify(marker));
}

/** Removes every lab whose owner is dead; labs that are in use, and folders of other users, are left alone. */
export async function removeDeadLabs(): Promise<string[]> {
  const removed: string[] = [];
  for (const name of readdirSync(tmpdir())) {
    const directory = join(tmpdir(), name);
    if (!name.startsWith(LAB_PREFIX) || !isOwnFolder(directory)) continue;
    const marker = readMarker(directory);
    if (marker !== null && isAlive(marker.owner)) continue;
    // A folder without a marker may be one that is being made at this moment.
    if (marker === null && Date.now() - lstatSync(directory).mtimeMs < 60_000) continue;
    await removeLab(directory);
    removed.push(directory);
  }
  return removed;
}

/** Removes mounts and loop devices of labs whose folder is gone already; names what it found. */
export function removeStrayMounts(): string[] {
  return removeMountsBelow(join(tmpdir(), LAB_PREFIX), (path) => !existsSync(join(tmpdir(), labOf(path))));
}

/** `/tmp/xgl-abc123/data/overlay2` → `xgl-abc123` */
function labOf(path: string): string {
  return path.slice(tmpdir().length + 1).split('/')[0] ?? '';
}

/** Ends the lab's processes and removes its mounts, loop devices, cgroups, bridges and files. May be called twice. */
export async function removeLab(directory: string): Promise<void> {
  if (!isOwnFolder(directory)) return;
  const marker = readMarker(directory);
  const names = recordedNames(directory);
  // The engine first: it takes its containers and mounts along. Then containerd, the registries, the clusters' parts
  // and the rest; what a cluster mounted is seen by its own processes alone, and goes with the last of them.
  for (const name of ['dockerd', 'containerd']) if (names.includes(name)) await endProcess(directory, name);
  await Promise.all(names.map((name) => endProcess(directory, name, { graceMs: 2_000 })));
  const network = marker?.network ?? null;
  if (network !== null) await endContainers(network.bridge);
  await endShims(directory);
  removeShimSockets(directory);
  removeMountsBelow(`${directory}/`);
  if (network !== null) {
    await removeCgroups(network.bridge);
    removeBridges(network);
  }
  removeEmptyFolders(marker?.madeFolders ?? []);
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

function readMarker(directory: string): LabMarker | null {
  try {
    const marker = JSON.parse(readFileSync(join(directory, 'lab.json'), 'utf8')) as Partial<LabMarker>;
    const { owner, network, madeFolders = [] } = marker;
    return owner === undefined || network === undefined ? null : { owner, network, madeFolders };
  } catch {
    return null;
  }
}

/** Anybody may make folders below the temporary folder: only those that nobody else can write to are believed. */
function isOwnFolder(directory: string): boolean {
  try {
    const stat = lstatSync(directory);
    return stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0;
  } catch {
    return false;
  }
}

/** The cgroup has a name of its own, so that whatever runs in it belongs to this lab. */
async function endContainers(cgroup: string): Promise<void> {
  const processes = cgroupFolders(cgroup).flatMap((folder) =>
    readLines(join(folder, 'cgroup.procs')).map((pid) => recordOf(Number(pid))),
  );
  for (const record of processes) signalProcess(record, 'SIGKILL');
  await Promise.all(processes.map((record) => isGoneWithin(record, 5_000)));
}

/** Shims outlive an engine that was killed; each names the lab's containerd socket in its arguments. */
async function endShims(directory: string): Promise<void> {
  const shims = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const [program, ...args] = readText(`/proc/${pid}/cmdline`).split('\0');
      return (program ?? '').includes('containerd-shim') && args.some((arg) => arg.startsWith(`${directory}/`));
    })
    .map((pid) => recordOf(Number(pid)));
  for (const record of shims) signalProcess(record, 'SIGKILL');
  await Promise.all(shims.map((record) => isGoneWithin(record, 5_000)));
}

/**
 * A killed shim leaves its socket in a folder that all containerds of a machine share. Its name is the SHA-256 of
 * `SOCKET/NAMESPACE/ID` (containerd 1.6, `runtime/v2/shim/util_unix.go`).
 */
function removeShimSockets(directory: string): void {
  for (const id of listFolder(join(directory, 'data', 'containers'))) {
    const name = createHash('sha256').update(`${directory}/containerd.sock/moby/${id}`).digest('hex');
    rmSync(join('/run/containerd/s', name), { force: true });
  }
}

/** A process that is dead already keeps its cgroup busy for a moment. */
async function removeCgroups(cgroup: string): Promise<void> {
  for (let attempts = 0; attempts < 100 && cgroupFolders(cgroup).length > 0; attempts += 1) {
    if (attempts > 0) await sleep(20);
    removeEmptyFolders(cgroupFolders(cgroup));
  }
}

function removeEmptyFolders(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      rmdirSync(folder);
    } catch {
      // It is gone, or somebody uses it.
    }
  }
}

/** Every folder of the lab's cgroup in every hierarchy (both versions), the deepest first. */
function cgroupFolders(cgroup: string): string[] {
  const roots = ['/sys/fs/cgroup', ...listFolder('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name))];
  return roots.flatMap((root) => foldersBelow(join(root, cgroup)));
}

function foldersBelow(folder: string): string[] {
  let children: string[];
  try {
    children = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name));
  } catch {
    return [];
  }
  return [...children.flatMap((child) => foldersBelow(child)), folder];
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function readLines(file: string): string[] {
  return readText(file)
    .split('\n')
    .filter((line) => line !== '');
}
