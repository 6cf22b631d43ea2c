import { spawn, type ChildProcess } from 'node:child_process';
import { abortReasonOf } from '../../errors/abort-reason.ts';
import { CheckoutError } from '../../errors/xgen-error.ts';

export interface GitCall {
  /** Without `git` itself. No secrets: any user of the machine can read arguments. */
  readonly args: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Default `/`, so that no repository is found by accident. */
  readonly cwd?: string;
  readonly input?: string;
  readonly timeoutMs: number;
  /** Ends the call when git writes nothing for this long; without it only `timeoutMs` counts. */
  readonly quietMs?: number;
  /** Null only for cleaning up, which an abort does not stop. */
  readonly signal: AbortSignal | null;
  /** Told the process id at once, before the process can have done anything. */
  readonly onSpawn?: (pid: number) => void;
  /** Standard error as it comes: git's progress. */
  readonly onStderr?: (text: string) => void;
}

export interface GitEnd {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  /** The last 64 KB. */
  readonly stderr: string;
  /** Which time limit ended it, in milliseconds; null where none did. */
  readonly timedOutMs: number | null;
}

const KILL_AFTER_MS = 2_000;
const STDERR_KEPT = 65_536;

/**
 * Runs git in a process group of its own, so that an abort or a time limit ends its children too (`git-remote-https`,
 * `index-pack`, ssh), and returns how it ended, whatever the exit code. When it returns or throws, the process is gone.
 * Throws the signal's AbortReason, or CHECKOUT_FAILED where git is not installed.
 */
export async function runGit(call: GitCall): Promise<GitEnd> {
  throwIfAborted(call.signal);
  const child = spawn('git', call.args, {
    cwd: call.cwd ?? '/',
    env: { ...call.env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) call.onSpawn?.(child.pid);
  const limits = watchLimits(child, call);
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
    limits.heard();
    call.onStderr?.(text);
  });
  // A git that ends without reading its input is judged by its exit code, not by the broken pipe.
  child.stdin.on('error', () => {});
  child.stdin.end(call.input ?? '');
  try {
    const exitCode = await ended(child);
    throwIfAborted(call.signal);
    return { exitCode, stdout: Buffer.concat(stdout), stderr, timedOutMs: limits.passed() };
  } finally {
    limits.stop();
  }
}

/** Throws the typed reason where the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | null): void {
  const reason = signal === null ? null : abortReasonOf(signal);
  if (reason !== null) throw reason;
}

async function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(notStarted(cause)));
    child.once('close', (code) => resolve(code));
  });
}

function notStarted(cause: Error): CheckoutError {
  return new CheckoutError({
    code: 'CHECKOUT_FAILED',
    message: `git could not be started: ${cause.message}`,
    hint: 'install git 2.32 or newer and see that it is on the PATH: git --version',
    cause,
  });
}

function watchLimits(child: ChildProcess, call: GitCall): { heard(): void; passed(): number | null; stop(): void } {
  let passed: number | null = null;
  let killTimer: NodeJS.Timeout | undefined;
  const end = (): void => {
    killGroup(child.pid, 'SIGTERM');
    killTimer ??= setTimeout(() => killGroup(child.pid, 'SIGKILL'), KILL_AFTER_MS);
  };
  const expire = (limitMs: number): void => {
    passed ??= limitMs;
    end();
  };
  const total = setTimeout(() => expire(call.timeoutMs), call.timeoutMs);
  const { quietMs } = call;
  const quiet = quietMs === undefined ? undefined : setTimeout(() => expire(quietMs), quietMs);
  call.signal?.addEventListener('abort', end, { once: true });
  return {
    heard: () => quiet?.refresh(),
    passed: () => passed,
    stop() {
      for (const timer of [total, quiet, killTimer]) clearTimeout(timer);
      call.signal?.removeEventListener('abort', end);
    },
  };
}

/** Signals a process group; one that is gone already is as good. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined || pid <= 1) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: it has ended.
  }
}
