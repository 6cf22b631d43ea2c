import { AbortReason } from '../errors/abort-reason.ts';

const REASONS = {
  SIGINT: ['interrupted by Ctrl-C', 'SIGINT'],
  SIGTERM: ['ended by SIGTERM', 'SIGTERM'],
  SIGHUP: ['the terminal was closed', 'SIGTERM'],
} as const;

/**
 * A signal that is aborted by Ctrl-C, SIGTERM or a closed terminal. The program then cleans up and ends by itself; asked
 * a third time it ends at once, and the next run cleans up.
 */
export function listenToSignals(say: (line: string) => void): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  let asked = 0;
  const listeners = Object.entries(REASONS).map(([name, [message, kind]]) => {
    const listener = (): void => {
      asked += 1;
      if (asked === 1) controller.abort(new AbortReason('canceled', message, kind));
      if (asked === 2) say('cleaning up; once more ends at once and leaves that to the next run');
      if (asked >= 3) process.exit(kind === 'SIGTERM' ? 143 : 130);
    };
    process.on(name, listener);
    return [name, listener] as const;
  });
  return {
    signal: controller.signal,
    stop: () => {
      for (const [name, listener] of listeners) process.off(name, listener);
    },
  };
}
