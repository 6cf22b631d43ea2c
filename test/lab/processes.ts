import { spawn } from 'node:child_process';
import { mkdirSync, openSync, closeSync, readFileSync, renameSync, rmSync, writeFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A process of the lab, written to `run/NAME.json` so that any process can end it later. The start time (field 22 of
 * `/proc/PID/stat`, in clock ticks since boot) tells it from another process that was given the same id.
 */
export interface ProcessRecord {
  readonly pid: number;
  readonly startTime: string;
}

/** The start time of a process, or null where it is gone or only waits to be reaped. */
export function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

export function recordOf(pid: number): ProcessRecord {
  return { pid, startTime: startTimeOf(pid) ?? 'gone' };
}

export function isAlive(record: ProcessRecord): boolean {
  return startTimeOf(record.pid) === record.startTime;
}

export interface StartOptions {
  readonly directory: string;
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts a process in a session of its own (Ctrl-C in a terminal does not reach it); its output goes to `log/NAME.log`. */
export function startProcess(options: StartOptions): ProcessRecord {
  const { directory, name, command } = options;
  mkdirSync(join(directory, 'run'), { recursive: true });
  mkdirSync(join(directory, 'log'), { recursive: true });
  const log = openSync(logFile(directory, name), 'a');
  try {
    const [program, ...args] = command;
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...options.environment },
    });
    child.on('error', () => {});
    if (child.pid === undefined) throw new Error(`the lab could not start ${program}: is it installed?`);
    child.unref();
    const record = recordOf(child.pid);
    writeRecord(directory, name, record);
    return record;
  } finally {
    closeSync(log);
  }
}

export function logFile(directory: string, name: string): string {
  return join(directory, 'log', `${name}.log`);
}

/** The last lines of a process's output, for error messages. */
export function endOfLog(directory: string, name: string): string {
  try {
    return readFileSync(logFile(directory, name), 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  } catch {
    return '(no output)';
  }
}

export function readRecord(directory: string, name: string): ProcessRecord | null {
  try {
    return JSON.parse(readFileSync(recordFile(directory, name), 'utf8')) as ProcessRecord;
  } catch {
    return null;
  }
}

export function recordedNames(directory: string): string[] {
  try {
    return readdirSync(join(directory, 'run'))
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length));
  } catch {
    return [];
  }
}

/** Sends `signal`, waits up to `graceMs`, then kills. Does nothing where the process is gone. */
export async function endProcess(
  directory: string,
  name: string,
  end: { signal?: 'SIGTERM' | 'SIGKILL'; graceMs?: number } = {},
): Promise<void> {
  const record = readRecord(directory, name);
  if (record !== null) await endRecorded(record, end);
  rmSync(recordFile(directory, name), { force: true });
}

async function endRecorded(
  record: ProcessRecord,
  end: { signal?: 'SIGTERM' | 'SIGKILL'; graceMs?: number },
): Promise<void> {
  signalProcess(record, end.signal ?? 'SIGTERM');
  if (await isGoneWithin(record, end.graceMs ?? 10_000)) return;
  signalProcess(record, 'SIGKILL');
  await isGoneWithin(record, 5_000);
}

export function signalProcess(record: ProcessRecord, signal: NodeJS.Signals): void {
  if (!isAlive(record)) return;
  try {
    process.kill(record.pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}

export async function isGoneWithin(record: ProcessRecord, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (isAlive(record)) {
    if (performance.now() > deadline) return false;
    await sleep(15);
  }
  return true;
}

/**
 * Asks again every 15 ms (or `everyMs`) until the answer is there; fails with the process's own last words where it
 * ended.
 */
export async function waitUntilReady<T>(wait: {
  directory: string;
  name: string;
  limitMs: number;
  everyMs?: number;
  ask: () => Promise<T | null>;
}): Promise<T> {
  const deadline = performance.now() + wait.limitMs;
  for (;;) {
    const answer = await wait.ask();
    if (answer !== null) return answer;
    const record = readRecord(wait.directory, wait.name);
    const ended = record === null || !isAlive(record);
    if (ended || performance.now() > deadline) {
      const why = ended ? 'ended before it was ready' : `was not ready within ${wait.limitMs} ms`;
      throw new Error(`${wait.name} of the lab ${why}:\n${endOfLog(wait.directory, wait.name)}`);
    }
    await sleep(wait.everyMs ?? 15);
  }
}

function recordFile(directory: string, name: string): string {
  return join(directory, 'run', `${name}.json`);
}

function writeRecord(directory: string, name: string, record: ProcessRecord): void {
  const temporary = `${recordFile(directory, name)}.new`;
  writeFileSync(temporary, JSON.stringify(record));
  renameSync(temporary, recordFile(directory, name));
}
