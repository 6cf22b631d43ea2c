import { appendFileSync, readFileSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseProcStat, processState, type ProcessIdentity } from '../process-identity.ts';
import { parseIdentity } from './lease-holder.ts';
import { killGroup } from './run-git.ts';

const GONE_LIMIT_MS = 5_000;
const POLL_MS = 10;

/**
 * Notes a child process beside the lease. Synchronous: the child must not run unnoted. A process without a start time
 * (no `/proc`) is not noted, since its number alone does not prove later that it is the same process.
 */
export function adoptChild(file: string, pid: number, self: ProcessIdentity): void {
  const pidStart = startOf(pid);
  if (pidStart !== null) appendFileSync(file, `${JSON.stringify({ ...self, pid, pidStart })}\n`, { mode: 0o600 });
}

/**
 * Ends the git processes that a killed holder left running, before their files are touched. True where the holder left
 * notes of any, running or not: it did not give the lease back.
 */
export async function endOrphans(directory: string): Promise<boolean> {
  const files = (await readdir(directory)).filter((name) => name.endsWith('.children'));
  for (const file of files) {
    const text = await readFile(join(directory, file), 'utf8').catch(() => '');
    for (const orphan of parseChildren(text)) await endOrphan(orphan);
  }
  return files.length > 0;
}

/** One identity in each line; a line that was cut off by a kill is left out. */
export function parseChildren(text: string): readonly ProcessIdentity[] {
  return text.split('\n').flatMap((line) => {
    const identity = parseIdentity(line);
    return identity === null || identity.pidStart === '' ? [] : [identity];
  });
}

async function endOrphan(orphan: ProcessIdentity): Promise<void> {
  for (let waitedMs = 0; waitedMs < GONE_LIMIT_MS; waitedMs += POLL_MS) {
    if (processState(orphan) !== 'alive') return;
    killGroup(orphan.pid, 'SIGKILL');
    await wait(POLL_MS);
  }
}

function startOf(pid: number): string | null {
  try {
    return parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}
