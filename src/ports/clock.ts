/** Time as the program sees it; the only source of "now" outside the adapters. */
export interface Clock {
  /** Wall clock, for showing to people and for records. No decision hangs on it. */
  now(): Date;
  /** Milliseconds that only ever grow, for durations and time limits. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
