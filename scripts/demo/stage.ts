import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Infra, OwnLab } from '../../test/lab/lab.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What the steps play on. */
export interface Stage {
  readonly lab: OwnLab;
  readonly infra: Infra;
  readonly signal: AbortSignal;
  /** True where the engine is the demo's own, so that it may be damaged. */
  readonly ownsEngine: boolean;
  /** Lines for the reader; swallowed while a step is played that only another one needs. */
  readonly say: (text: string) => void;
  /** Runs the real program and shows it; throws where it does not end with one of `expected` (0 by default). */
  readonly xgen: (args: readonly string[], expected?: readonly number[]) => Promise<void>;
}

/** What runs is in this terminal, or silent: then its words come with the error. */
export function createStage(parts: Omit<Stage, 'say' | 'xgen'> & { readonly isShown: boolean }): Stage {
  const { isShown, ...others } = parts;
  const say = (text: string): void => {
    if (isShown) process.stdout.write(text);
  };
  return { ...others, say, xgen: async (args, expected = [0]) => runXgen({ ...others, say, isShown, args, expected }) };
}

interface Call {
  readonly infra: Infra;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
  readonly isShown: boolean;
  readonly args: readonly string[];
  readonly expected: readonly number[];
}

async function runXgen({ infra, signal, say, isShown, args, expected }: Call): Promise<void> {
  signal.throwIfAborted();
  say(`\n$ xgen-build ${args.join(' ')}\n`);
  const { PATH, TERM, LANG, NO_COLOR, FORCE_COLOR, COLUMNS } = process.env;
  const child = spawn(join(ROOT, 'bin', 'xgen-build'), args, {
    cwd: infra.root,
    env: { PATH, TERM, LANG, NO_COLOR, FORCE_COLOR, COLUMNS, ...infra.environment },
    stdio: ['inherit', isShown ? 'inherit' : 'pipe', isShown ? 'inherit' : 'pipe'],
  });
  const words: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => words.push(text));
  // Ctrl-C in a terminal reaches it by itself; a signal to the demo alone is handed on.
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    signal.throwIfAborted();
    if (code === null || !expected.includes(code))
      throw new Error(`xgen-build ${args.join(' ')} ended with ${String(code)}\n${words.join('').slice(-4_000)}`);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
