import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import { processState, type ProcessIdentity } from '../process-identity.ts';

/** What a lease file holds; an empty file is a lease that was given back. */
export interface LeaseHolder {
  readonly owner: string;
  readonly identity: ProcessIdentity;
}

/** Who holds `lease.FENCE`; null where it was given back, or is no lease file (a disk that lost its content). */
export async function readHolder(directory: string, fence: number): Promise<LeaseHolder | null> {
  if (fence === 0) return null;
  try {
    return parseHolder(await readFile(join(directory, `lease.${fence}`), 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

export function parseHolder(text: string): LeaseHolder | null {
  const { owner, identity } = parseObject(text);
  const known = parseIdentity(JSON.stringify(identity ?? null));
  return typeof owner !== 'string' || known === null ? null : { owner, identity: known };
}

/** Null for any other text. */
export function parseIdentity(text: string): ProcessIdentity | null {
  const { pid, host, bootId, pidStart, pidNamespace } = parseObject(text);
  if (typeof pid !== 'number' || typeof host !== 'string' || typeof bootId !== 'string') return null;
  if (typeof pidStart !== 'string' || typeof pidNamespace !== 'string') return null;
  return { host, bootId, pid, pidStart, pidNamespace };
}

function parseObject(text: string): Readonly<Partial<Record<keyof ProcessIdentity | keyof LeaseHolder, unknown>>> {
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === 'object' && data !== null ? data : {};
  } catch {
    return {};
  }
}

/** A holder that cannot be seen from here (another container, machine or boot) counts as dead after this silence. */
const SILENCE_MS = 15_000;

/** Tells one waiting process whether the holder of a lease is dead. */
export interface DeathWatch {
  isDead(fence: number, holder: LeaseHolder): Promise<boolean>;
}

/** Measures silence by its own clock, from what it saw itself: the clocks of two machines differ. */
export function createDeathWatch(directory: string, clock: Clock): DeathWatch {
  let seen: { readonly beat: string; readonly atMs: number } | null = null;
  return {
    async isDead(fence, holder) {
      const state = processState(holder.identity);
      if (state !== 'unknown') return state === 'dead';
      const beat = `${fence} ${await beatOf(join(directory, `lease.${fence}`))}`;
      const nowMs = clock.monotonicMs();
      if (seen?.beat !== beat) seen = { beat, atMs: nowMs };
      return nowMs - seen.atMs >= SILENCE_MS;
    },
  };
}

async function beatOf(file: string): Promise<string> {
  try {
    return (await stat(file, { bigint: true })).mtimeNs.toString();
  } catch {
    return 'gone';
  }
}
