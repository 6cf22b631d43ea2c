/**
 * What a failure is, and so what may be done about it.
 *
 * - `permanent`: the same again would end the same way
 * - `transient`: a moment later it may go well; nothing is thrown away
 * - `damage`: the cache or the store of the engine is damaged
 * - `disk-full`: the disk of the engine is full
 * - `memory`: the step was killed, most often for lack of memory
 */
export type FailureClass = 'permanent' | 'transient' | 'damage' | 'disk-full' | 'memory';

/**
 * What is done between a failed try and the next one, as results name it.
 *
 * - `retry`: nothing; the same once more
 * - `wait-and-retry`: a wait, longer each time
 * - `wait-for-engine`: until the engine answers
 * - `log-in-again`: the login is read and shown anew
 * - `push-again`: the same image is pushed once more
 * - `prune-and-rebuild`: what no build uses is taken out of the engine's cache, and everything is built without cache
 * - `remove-images-and-rebuild`: the base images go too, and are pulled anew
 * - `free-space-and-rebuild`: the oldest part of the engine's cache goes
 * - `rebuild-alone`: no other build runs beside it
 */
export type StepName =
  | 'retry'
  | 'wait-and-retry'
  | 'wait-for-engine'
  | 'log-in-again'
  | 'push-again'
  | 'prune-and-rebuild'
  | 'remove-images-and-rebuild'
  | 'free-space-and-rebuild'
  | 'rebuild-alone';

/** What is done about a failure first of all. Damage that comes back is answered by a stronger one: see the ladder. */
export type Remedy = StepName | 'none' | 'restart-engine';

/** What the table of failures says of one failure. */
export interface Diagnosis {
  /** Id of the rule that recognised it; `unknown` where none did. */
  readonly rule: string;
  readonly class: FailureClass;
  /** `cache damaged`: for people, in front of the evidence. */
  readonly title: string;
  /** The words of the builder, engine or registry that it was recognised by; one line. */
  readonly evidence: string;
  readonly remedy: Remedy;
  /** True where it may be gone by itself: once more as before, before anything is thrown away. */
  readonly retryFirst: boolean;
  /** True where caches that steps mount for themselves may be what is damaged. */
  readonly cacheMounts: boolean;
  /** Most tries in all, where the rule has a limit of its own. */
  readonly tries: number | null;
  /** What a registry asked to wait; null where it did not. */
  readonly retryAfterMs: number | null;
}
