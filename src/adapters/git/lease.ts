import { randomUUID } from 'node:crypto';
import { link, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { abortReasonOf } from '../../errors/abort-reason.ts';
import type { Clock } from '../../ports/clock.ts';
import { makeFolder } from '../make-folder.ts';
import { readIdentity, type ProcessIdentity } from '../process-identity.ts';
import { createDeathWatch, readHolder, type LeaseHolder } from './lease-holder.ts';
import { adoptChild, endOrphans } from './lease-orphans.ts';

/**
 * Something that one process at a time may use, kept in a folder that processes share. It is held by the file
 * `lease.N` with the highest N: to take it is to make the next file, which the file system lets one process do. The
 * highest file is never removed, only emptied when it is given back, so that no number comes twice and a slow process
 * cannot take what it saw free long ago.
 */
export interface Lease {
  /** Grows with every holder. */
  readonly fence: number;
  /** The highest fence when this lease was asked for: what a later fence did, began after the asking. */
  readonly askedAt: number;
  /** True where the holder before did not give it back: what it was writing may be half done. */
  readonly tookOver: boolean;
  /** Remembers a child process, so that whoever takes over from a killed holder can end it first. */
  readonly adopt: (pid: number) => void;
  /** May be called twice. */
  release(): Promise<void>;
}

export interface LeaseRequest {
  readonly directory: string;
  /** Who holds it, for whoever waits: `xgen-core lotteimall`. */
  readonly owner: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called once, when the lease is held by somebody else. */
  readonly onWait: (holder: string) => void;
}

const POLL_MS = 50;
/** How often a holder shows that it lives, for those who cannot see its process (another container or machine). */
const BEAT_MS = 2_000;

/** Waits until the lease is free or its holder is dead, and takes it. Throws the signal's AbortReason. */
export async function takeLease(request: LeaseRequest): Promise<Lease> {
  const { directory, clock, signal } = request;
  await makeFolder(directory);
  const watch = createDeathWatch(directory, clock);
  const askedAt = highestFence(await readdir(directory));
  let last = askedAt;
  let hasSaidSo = false;
  for (;;) {
    const reason = abortReasonOf(signal);
    if (reason !== null) throw reason;
    const holder = await readHolder(directory, last);
    if (holder === null || (await watch.isDead(last, holder))) {
      const lease = await tryToTake(request, { last, holder, askedAt });
      if (lease !== null) return lease;
    } else {
      if (!hasSaidSo) request.onWait(holder.owner);
      hasSaidSo = true;
      await clock.sleep(POLL_MS, signal);
    }
    last = highestFence(await readdir(directory));
  }
}

async function tryToTake(
  { directory, owner }: LeaseRequest,
  seen: { readonly last: number; readonly holder: LeaseHolder | null; readonly askedAt: number },
): Promise<Lease | null> {
  const fence = seen.last + 1;
  const file = join(directory, `lease.${fence}`);
  const written: LeaseHolder = { owner, identity: await readIdentity() };
  const draft = join(directory, `draft-${randomUUID()}`);
  await writeFile(draft, JSON.stringify(written), { mode: 0o600 });
  try {
    // A link appears whole, and only where there is no such file.
    await link(draft, file);
  } catch (error) {
    if (isCode(error, 'EEXIST') || isCode(error, 'ENOENT')) return null;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const names = await readdir(directory);
  if (highestFence(names) !== fence) {
    await rm(file, { force: true });
    return null;
  }
  const hadOrphans = await endOrphans(directory, names);
  // Nobody waits for it: it is over before the lease is given back.
  const tidying = removeOlder(directory, { names, fence }).catch(() => undefined);
  const tookOver = seen.holder !== null || hadOrphans;
  return held({ file, self: written.identity, tidying }, { fence, askedAt: seen.askedAt, tookOver });
}

function held(
  { file, self, tidying }: { file: string; self: ProcessIdentity; tidying: Promise<void> },
  facts: Pick<Lease, 'fence' | 'askedAt' | 'tookOver'>,
): Lease {
  const beat = setInterval(() => {
    const now = new Date();
    void utimes(file, now, now).catch(() => {});
  }, BEAT_MS).unref();
  let released: Promise<void> | null = null;
  const release = async (): Promise<void> => {
    clearInterval(beat);
    await tidying;
    await rm(`${file}.children`, { force: true });
    await truncate(file).catch((error: unknown) => {
      // Gone: the cache was deleted, or the lease was taken over.
      if (!isCode(error, 'ENOENT')) throw error;
    });
  };
  return {
    ...facts,
    adopt: (pid) => adoptChild(`${file}.children`, pid, self),
    release: () => (released ??= release()),
  };
}

/** 0 where nobody ever held it. */
function highestFence(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => Number(/^lease\.(?<fence>\d{1,15})$/.exec(name)?.groups?.['fence'] ?? 0)));
}

async function removeOlder(
  directory: string,
  { names, fence }: { names: readonly string[]; fence: number },
): Promise<void> {
  for (const name of names) {
    const older = /^lease\.(?<fence>\d{1,15})(?:\.children)?$/.exec(name)?.groups?.['fence'];
    const isDraft = name.startsWith('draft-');
    // The draft of a process that asks at this moment goes too: it sees that, and asks again.
    if (isDraft || (older !== undefined && Number(older) < fence)) await rm(join(directory, name), { force: true });
  }
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
