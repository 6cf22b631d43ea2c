import { lstat, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { CacheOrder, CacheRemoval } from '../../ports/sources.ts';
import { treeOf } from './checkout.ts';
import { takeLease } from './lease.ts';
import { mirrorOf } from './mirror.ts';
import type { GitTools } from './tools.ts';

/** Another infra repository may share the cache: what it used within a week stays. */
const UNTOUCHED_MS = 7 * 24 * 60 * 60 * 1000;
const LEASE_WAIT_MS = 500;

interface Entry {
  readonly path: string;
  readonly leaseDirectory: string;
}

/** See `Sources.tidyCache`. What another process holds is left alone. */
export async function tidyCache(tools: GitTools, order: CacheOrder): Promise<readonly CacheRemoval[]> {
  const used = new Set<string>();
  for (const { source, service, site } of order.used) {
    used.add(mirrorOf(tools, source.url).gitDir);
    used.add(treeOf(tools, { source, service, site }).folder);
  }
  const removals: CacheRemoval[] = [];
  for (const entry of await entriesOf(tools.cacheDir)) {
    order.signal.throwIfAborted();
    if (used.has(entry.path) || !(await isUntouched(tools, entry.path))) continue;
    const bytes = await sizeOf(entry.path);
    if (order.dryRun || (await remove(tools, entry, order.signal))) removals.push({ path: entry.path, bytes });
  }
  return removals;
}

async function entriesOf(cacheDir: string): Promise<readonly Entry[]> {
  const leases = join(cacheDir, 'leases');
  const mirrors = (await list(join(cacheDir, 'mirrors'))).map((name) => ({
    path: join(cacheDir, 'mirrors', name),
    leaseDirectory: join(leases, `mirror-${name.replace(/\.git(?:\.trash-.*)?$/, '')}`),
  }));
  const services = await list(join(cacheDir, 'trees'));
  const trees = await Promise.all(
    services.map(async (service) =>
      (await list(join(cacheDir, 'trees', service))).map((name) => ({
        path: join(cacheDir, 'trees', service, name),
        leaseDirectory: join(leases, `tree-${service}-${name}`),
      })),
    ),
  );
  return [...mirrors, ...trees.flat()];
}

async function isUntouched({ clock }: GitTools, path: string): Promise<boolean> {
  const times = await Promise.all(
    [path, join(path, 'git'), join(path, 'git', 'index'), join(path, 'xgen-fetched')].map(async (one) =>
      stat(one).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return clock.now().getTime() - Math.max(...times) > UNTOUCHED_MS;
}

/** Renamed first: a kill while it is removed must not leave half of it. */
async function remove(tools: GitTools, { path, leaseDirectory }: Entry, signal: AbortSignal): Promise<boolean> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(LEASE_WAIT_MS)]);
  const request = { directory: leaseDirectory, owner: 'gc', clock: tools.clock, signal: limited, onWait: () => {} };
  const lease = await takeLease(request).catch(() => null);
  if (lease === null) return false;
  try {
    const trash = `${path}.trash-${randomUUID()}`;
    await rename(path, trash);
    await rm(trash, { recursive: true, force: true });
    return true;
  } finally {
    await lease.release();
  }
}

async function sizeOf(path: string): Promise<number> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return 0;
  if (!found.isDirectory()) return found.size;
  let bytes = 0;
  for (const name of await list(path)) bytes += await sizeOf(join(path, name));
  return bytes;
}

async function list(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}
