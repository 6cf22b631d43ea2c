import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { takeLease, type Lease } from './lease.ts';
import { expectGit, localCall, type GitTools, type Repository } from './tools.ts';
import { cacheName } from './source-url.ts';

/** The bare copy of one repository, shared by every build of it; only its lease holder writes to it. */
export interface Mirror extends Repository {
  readonly url: string;
  readonly workTree: null;
  readonly leaseDirectory: string;
}

export function mirrorOf(tools: GitTools, url: string): Mirror {
  const name = cacheName(url.replace(/^[a-z]+:\/\//, ''), [url]);
  return {
    url,
    gitDir: join(tools.cacheDir, 'mirrors', `${name}.git`),
    workTree: null,
    leaseDirectory: join(tools.cacheDir, 'leases', `mirror-${name}`),
  };
}

/** Written last when a mirror is made: without it the mirror is not whole. Its content tells one making from the next. */
const GENERATION = 'xgen-generation';

/** Which making of the mirror is there; null where there is none. */
export async function generationOf(mirror: Mirror): Promise<string | null> {
  return readFile(join(mirror.gitDir, GENERATION), 'utf8').catch(() => null);
}

/** Runs `work` as the only writer of the mirror, which is made first where it is not there. */
export async function withMirror<T>(
  tools: GitTools,
  use: { readonly mirror: Mirror; readonly owner: string; readonly signal: AbortSignal },
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const { mirror, owner, signal } = use;
  const lease = await takeLease({
    directory: mirror.leaseDirectory,
    owner,
    clock: tools.clock,
    signal,
    onWait: (holder) =>
      tools.logger.info({ mirror: mirror.gitDir, holder }, 'Waiting for another fetch of the repository'),
  });
  try {
    if (lease.tookOver) await removeHalfWritten(mirror.gitDir);
    if ((await generationOf(mirror)) === null) await create(tools, mirror, lease);
    return await work(lease);
  } finally {
    await lease.release();
  }
}

/**
 * Takes a damaged mirror away, so that the next use makes it anew. Nothing happens where another build has done that
 * since `generation` was read.
 */
export async function discardMirror(
  tools: GitTools,
  use: { readonly mirror: Mirror; readonly generation: string | null; readonly signal: AbortSignal },
): Promise<void> {
  const { mirror, generation } = use;
  await withMirror(tools, { mirror, owner: 'repair', signal: use.signal }, async () => {
    if ((await generationOf(mirror)) !== generation) return;
    // Renamed first: a kill while it is removed must not leave a mirror that is half there.
    const trash = `${mirror.gitDir}.trash-${randomUUID()}`;
    await rename(mirror.gitDir, trash);
    await rm(trash, { recursive: true, force: true });
  });
}

async function create(tools: GitTools, mirror: Mirror, lease: Lease): Promise<void> {
  await rm(mirror.gitDir, { recursive: true, force: true });
  await initRepository(tools, { repository: mirror, onSpawn: lease.adopt });
  await writeFile(join(mirror.gitDir, GENERATION), randomUUID());
}

/** An empty bare repository, without templates (and so without hooks). */
export async function initRepository(
  tools: GitTools,
  init: { readonly repository: Repository; readonly onSpawn: (pid: number) => void },
): Promise<void> {
  const { gitDir } = init.repository;
  await mkdir(gitDir, { recursive: true, mode: 0o700 });
  await expectGit(
    localCall(tools, {
      repository: { gitDir, workTree: null },
      args: ['init', '--bare', '--quiet', '--template=', '--initial-branch=main'],
      signal: null,
      onSpawn: init.onSpawn,
    }),
  );
}

/** What a killed git left: its lock files, which would stop every later one, and packs that it had not finished. */
async function removeHalfWritten(gitDir: string): Promise<void> {
  const [top, refs, packs] = await Promise.all([
    listDirectory(gitDir),
    listDirectory(join(gitDir, 'refs/xgen')),
    listDirectory(join(gitDir, 'objects/pack')),
  ]);
  const leftovers = [
    ...top.filter((name) => name.endsWith('.lock')),
    ...refs.filter((name) => name.endsWith('.lock')).map((name) => `refs/xgen/${name}`),
    ...packs.filter((name) => /^(?:tmp_|\.tmp-)|\.lock$/.test(name)).map((name) => `objects/pack/${name}`),
  ];
  for (const leftover of leftovers) await rm(join(gitDir, leftover), { force: true });
}

async function listDirectory(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}

const MOST_PACKS = 40;

/** Packs grow by one with each fetch; many of them slow every access, so they are put together now and then. */
export async function tidyMirror(tools: GitTools, mirror: Mirror, lease: Lease): Promise<void> {
  const packs = (await listDirectory(join(mirror.gitDir, 'objects/pack'))).filter((name) => name.endsWith('.pack'));
  if (packs.length <= MOST_PACKS) return;
  // Geometric: nothing is dropped, since work trees may still need what no branch holds any more.
  const args = ['repack', '-d', '-q', '--geometric=2'];
  await expectGit(localCall(tools, { repository: mirror, args, signal: null, onSpawn: lease.adopt }));
}
