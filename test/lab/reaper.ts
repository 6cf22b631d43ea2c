import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { removeLab } from './leftovers.ts';

/** Removes a lab when the process that started it dies, whatever it dies of. */
export interface Reaper {
  /** To be called once the lab is removed. */
  dismiss(): Promise<void>;
}

/**
 * The reaper is a process of its own, in a session of its own, that reads from a pipe which only the caller holds open:
 * its end is the caller's end, also by kill -9.
 */
export function startReaper(directory: string): Reaper {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(child, 'close');
  child.unref();
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return {
    dismiss: async () => {
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}

if (import.meta.main) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.stdin.resume();
  await once(process.stdin, 'close');
  await removeLab(process.argv[2] ?? '');
}
