import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One line of the results: what was measured, what it was compared to, and the limit that it must keep. */
export interface Figure {
  readonly name: string;
  /** As a reader sees it: `52 ms`, `71 MB`. */
  readonly measured: string;
  readonly compared: string | null;
  /** What the limit is for: a ratio, seconds, megabytes or a count. */
  readonly value: number;
  /** Null: for information only. */
  readonly limit: number | null;
  readonly unit: '×' | 's' | 'MB' | 'requests';
  readonly runs: number;
}

export function isMissed(figure: Figure): boolean {
  return figure.limit !== null && figure.value > figure.limit;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new Error('there is no median of nothing');
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** Runs two things in turn, beginning with each in turn, after one run of each that is not counted. */
export async function alternate(
  runs: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<{ ours: number[]; theirs: number[] }> {
  const times: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  await ours();
  await theirs();
  for (let run = 0; run < runs; run += 1) {
    if (run % 2 === 0) times.ours.push(await ours());
    times.theirs.push(await theirs());
    if (run % 2 === 1) times.ours.push(await ours());
  }
  return times;
}

export function ratioFigure(figure: {
  name: string;
  limit: number | null;
  times: { readonly ours: readonly number[]; readonly theirs: readonly number[] };
}): Figure {
  const { name, limit, times } = figure;
  const ours = median(times.ours);
  const theirs = median(times.theirs);
  const runs = times.ours.length;
  return { name, measured: inMs(ours), compared: inMs(theirs), value: ours / theirs, limit, unit: '×', runs };
}

export function inMs(ms: number): string {
  return `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Ran {
  readonly ms: number;
  readonly stdout: string;
  /**
   * The most memory, in MB of 1024 KB, that the process itself ever held (VmHWM), or that it and all that it started held
   * at one moment (the sum of VmRSS); read every 10 ms.
   */
  readonly peakMb: number;
}

/** Runs a program to its end. Rejects where it does not end with 0, with the end of what it said. */
export function run(command: Command, watchMemory: boolean | 'tree' = false): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(command.program, command.args, {
      cwd: command.cwd,
      env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', ...command.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let peakKb = 0;
    const memoryOf = watchMemory === 'tree' ? memoryOfTree : peakOf;
    const watch =
      watchMemory === false ? undefined : setInterval(() => (peakKb = Math.max(peakKb, memoryOf(child.pid))), 10);
    let stdout = '';
    let words = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (words = (words + chunk).slice(-4_000)));
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(watch);
      const ms = performance.now() - startedAt;
      if (code === 0) resolve({ ms, stdout, peakMb: peakKb / 1024 });
      else
        reject(
          new Error(`${command.program} ${command.args.join(' ')} ended with ${code}\n${words}${stdout.slice(-2_000)}`),
        );
    });
  });
}

function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** KB that a process and all its descendants hold now. */
function memoryOfTree(pid: number | undefined): number {
  try {
    const own = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return children.filter((child) => child !== '').reduce((sum, child) => sum + memoryOfTree(Number(child)), own);
  } catch {
    return 0;
  }
}
