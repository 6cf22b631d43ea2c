import { watch, type FSWatcher } from 'node:fs';

/** Where there is nothing to watch, most often because the file is not there yet. */
const UNWATCHED_POLL_MS = 100;

export interface FileWatch {
  /** Resolves when the file changes, at the latest after `atMostMs`. Rejects with the signal's reason. */
  nextChange(atMostMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

/**
 * Watches a file that need not be there yet. Where the system reports no changes (no such file, no watches left, some
 * network and container file systems) only the time limit wakes: callers look for themselves.
 */
export function watchFile(path: string): FileWatch {
  let watcher: FSWatcher | null = null;
  let hasChanged = false;
  let wake: () => void = () => undefined;

  function onChange(): void {
    hasChanged = true;
    wake();
  }

  function begin(): void {
    if (watcher !== null) return;
    try {
      watcher = watch(path, { persistent: false }, onChange);
      watcher.on('error', () => stop());
      // Between the last look and now it may have changed unseen.
      hasChanged = true;
    } catch {
      watcher = null;
    }
  }

  function stop(): void {
    watcher?.close();
    watcher = null;
  }

  return {
    async nextChange(atMostMs, signal) {
      signal.throwIfAborted();
      begin();
      const limitMs = watcher === null ? Math.min(atMostMs, UNWATCHED_POLL_MS) : atMostMs;
      if (!hasChanged) await pause(limitMs, signal, (resolve) => (wake = resolve));
      hasChanged = false;
      signal.throwIfAborted();
    },
    close: stop,
  };
}

function pause(atMostMs: number, signal: AbortSignal, onWake: (wake: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, atMostMs);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
    onWake(done);
  });
}
