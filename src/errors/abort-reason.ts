/**
 * Why work was told to stop. It is the `reason` of every AbortSignal of this program, so that whoever catches it knows
 * what to say and how to exit.
 *
 * - `canceled`: a person or the machine said so (Ctrl-C, SIGTERM, a cancel request)
 * - `lost`: the lease of the build went to another process
 * - `superseded`: a newer automatic build with equal parameters took over
 * - `timeout`: a bound in time was reached
 * - `draining`: the service mode is shutting down; the build goes back to the queue
 */
export type AbortKind = 'canceled' | 'lost' | 'superseded' | 'timeout' | 'draining';

export class AbortReason extends Error {
  override readonly name = 'AbortReason';
  readonly kind: AbortKind;
  /** The process signal that caused it, where one did: decides between exit code 130 and 143. */
  readonly signal: 'SIGINT' | 'SIGTERM' | null;

  constructor(kind: AbortKind, message: string, signal: 'SIGINT' | 'SIGTERM' | null = null) {
    super(message);
    this.kind = kind;
    this.signal = signal;
  }
}

/** The typed reason of an aborted signal, or null while it is not aborted. A foreign reason counts as `canceled`. */
export function abortReasonOf(signal: AbortSignal): AbortReason | null {
  if (!signal.aborted) return null;
  if (signal.reason instanceof AbortReason) return signal.reason;
  const name = signal.reason instanceof Error ? signal.reason.name : '';
  return name === 'TimeoutError'
    ? new AbortReason('timeout', 'the time limit was reached')
    : new AbortReason('canceled', 'canceled');
}
