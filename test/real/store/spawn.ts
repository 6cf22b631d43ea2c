import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const SCRIPT = fileURLToPath(new URL('store-process.ts', import.meta.url));

export interface StoreProcess {
  /** Everything that it said so far. */
  readonly facts: readonly Readonly<Record<string, unknown>>[];
  /** The first fact with this key. */
  first(key: string): Promise<unknown>;
  kill(): Promise<void>;
  /** Resolves to its exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts a process that uses the state; it is gone after the test. */
export function startStoreProcess(action: string, stateDir: string, argument: string): StoreProcess {
  const child = spawn(process.execPath, [SCRIPT, action, stateDir, argument], { stdio: ['ignore', 'pipe', 'inherit'] });
  const facts: Record<string, unknown>[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => facts.push(JSON.parse(line) as Record<string, unknown>));
  const closed = once(lines, 'close');
  const ended = once(child, 'exit').then(async () => {
    await closed;
    return child.exitCode;
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { facts, first: (key) => firstFact(facts, key, child), kill: () => kill(child, ended), ended };
}

async function kill(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}

async function firstFact(
  facts: readonly Readonly<Record<string, unknown>>[],
  key: string,
  child: ChildProcess,
): Promise<unknown> {
  for (;;) {
    const fact = facts.find((each) => key in each);
    if (fact !== undefined) return fact[key];
    if (child.exitCode !== null) throw new Error(`the process ended before it said "${key}"`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
