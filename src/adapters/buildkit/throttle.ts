import type { BuildObserver, BuildProgress } from '../../ports/builder.ts';
import type { Clock } from '../../ports/clock.ts';

const INTERVAL_MS = 100;

/** The same observer, told of each transfer at most ten times a second: BuildKit tells of every packet. */
export function throttleTransfers(observer: BuildObserver, clock: Clock): BuildObserver {
  const next = new Map<string, number>();
  const onProgress = (progress: BuildProgress): void => {
    if (progress.kind === 'transfer') {
      const now = clock.monotonicMs();
      if (now < (next.get(progress.what) ?? 0)) return;
      next.set(progress.what, now + INTERVAL_MS);
    }
    observer.onProgress(progress);
  };
  return { ...observer, onProgress };
}
