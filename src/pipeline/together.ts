/**
 * Two pieces of work side by side. When one fails the other is stopped and waited for, so that nothing goes on behind
 * the error; the first to fail is the one that is thrown. What the other had already finished is given back by `undo`.
 */
export async function together<A, B>(
  signal: AbortSignal,
  works: {
    first: (signal: AbortSignal) => Promise<A>;
    second: (signal: AbortSignal) => Promise<B>;
    undo: (second: B) => Promise<void>;
  },
): Promise<[A, B]> {
  const stop = new AbortController();
  const inner = AbortSignal.any([signal, stop.signal]);
  const failures: unknown[] = [];
  async function guarded<T>(work: (signal: AbortSignal) => Promise<T>): Promise<{ value: T } | null> {
    try {
      return { value: await work(inner) };
    } catch (error) {
      failures.push(error);
      stop.abort(error);
      return null;
    }
  }
  const [first, second] = await Promise.all([guarded(works.first), guarded(works.second)]);
  if (first !== null && second !== null) return [first.value, second.value];
  if (second !== null) await works.undo(second.value);
  throw failures[0];
}
