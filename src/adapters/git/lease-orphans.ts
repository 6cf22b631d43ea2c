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
 * notes of any, running or not: it did not give the lease back. `names` is what the folder holds.
 */
export async function endOrphans(directory: string, names: readonly string[]): Promise<boolean> {
  const files = names.filter((name) => name.endsWith('.children'));
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

/**
 * Ends the whole group that a noted process led. The leader may have died on its own while its children still write, so
 * the group is what counts; its number is not given to another process before it is empty (Linux, `alloc_pid`).
 */
async function endOrphan(orphan: ProcessIdentity): Promise<void> {
  for (let waitedMs = 0; waitedMs < GONE_LIMIT_MS; waitedMs += POLL_MS) {
    if (processState(orphan) === 'unknown') return;
    const processes = await listProcesses();
    const namesake = processes.find(({ pid }) => pid === orphan.pid);
    if (namesake !== undefined && namesake.start !== orphan.pidStart) return;
    if (!processes.some(({ group, state }) => group === orphan.pid && state !== 'Z' && state !== 'X')) return;
    killGroup(orphan.pid, 'SIGKILL');
    await wait(POLL_MS);
  }
}

interface ListedProcess {
  readonly pid: number;
  readonly state: string;
  readonly group: number;
  readonly start: string;
}

async function listProcesses(): Promise<readonly ListedProcess[]> {
  const names = await readdir('/proc').catch(() => []);
  const stats = names
    .filter((name) => /^\d+$/.test(name))
    .map(async (name) => parseListed(Number(name), await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')));
  return (await Promise.all(stats)).filter((listed) => listed !== null);
}

/** Fields 3, 5 and 22 of `/proc/PID/stat`, counted after the name in brackets (proc(5)). */
function parseListed(pid: number, stat: string): ListedProcess | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, , group] = fields;
  const start = fields[19];
  if (state === undefined || group === undefined || start === undefined) return null;
  return { pid, state, group: Number(group), start };
}

function startOf(pid: number): string | null {
  try {
    return parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}
