import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface XgenOptions {
  /** Added to the infra's environment; undefined takes a variable out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** 120 s by default; then the process is killed and the run rejects. */
  readonly limitMs?: number;
  /** Called once the process is there: its id, to send it a signal, and its output as it comes. */
  readonly onStart?: (running: RunningXgen) => void;
}

export interface RunningXgen {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Resolves once standard output or standard error holds the text; rejects where the process ends before. */
  waitFor(text: string | RegExp): Promise<void>;
}

export interface XgenRun {
  /** 128 and the signal's number where a signal ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON; throws where it is not one document. */
  json(): unknown;
}

const PROGRAM = fileURLToPath(new URL('../../bin/xgen-build', import.meta.url));

/** Runs the real launcher; the environment is PATH and what is given, nothing of the caller's. */
export function runXgen(
  call: {
    readonly cwd: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly args: readonly string[];
  },
  options: XgenOptions = {},
): Promise<XgenRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(PROGRAM, call.args, {
      cwd: options.cwd ?? call.cwd,
      env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', ...call.environment, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    const watchers = new Set<() => void>();
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8');
      child[name].on('data', (chunk: string) => {
        output[name] += chunk;
        for (const watcher of watchers) watcher();
      });
    }
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`xgen-build ${call.args.join(' ')} did not end in time:\n${output.stderr.slice(-2_000)}`));
    }, options.limitMs ?? 120_000);
    child.on('error', reject);
    let ended = false;
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      ended = true;
      for (const watcher of watchers) watcher();
      const exitCode = code ?? 128 + signalNumber(signal);
      resolve({ exitCode, ...output, json: () => JSON.parse(output.stdout) as unknown });
    });
    options.onStart?.({
      pid: child.pid ?? 0,
      kill: (signal) => child.kill(signal),
      waitFor: (text) =>
        new Promise((found, missed) => {
          const look = (): void => {
            const all = output.stdout + output.stderr;
            if (typeof text === 'string' ? all.includes(text) : text.test(all)) found();
            else if (ended) missed(new Error(`xgen-build ended before it said ${String(text)}:\n${all.slice(-2_000)}`));
          };
          watchers.add(look);
          look();
        }),
    });
  });
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal as string] ?? 0;
}
