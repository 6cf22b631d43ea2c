import type { BuildRecord, Store } from '../ports/store.ts';

/** The last few builds tell how long a service takes. */
const LOOKED_AT = 3;

/**
 * The jobs with the longest first, so that none of them is left over at the end when the others are done. A service that
 * was never built may take long: it goes first. Of equals the order of the configuration stays.
 */
export async function longestFirst<T extends { readonly service: string; readonly site: string }>(
  jobs: readonly T[],
  store: Pick<Store, 'find'>,
): Promise<readonly T[]> {
  const timed = await Promise.all(
    jobs.map(async (job) => {
      const { service, site } = job;
      const records = await store.find({ service, site, numbered: true, limit: LOOKED_AT });
      return { job, durationMs: usualDuration(records) };
    }),
  );
  return timed.toSorted((left, right) => compare(right.durationMs, left.durationMs)).map(({ job }) => job);
}

/** Milliseconds of the longest of the last builds; infinite where none has ended. */
export function usualDuration(records: readonly Pick<BuildRecord, 'result'>[]): number {
  const durations = records.flatMap(({ result }) => (result?.built === true ? [result.durationMs] : []));
  return durations.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...durations);
}

function compare(left: number, right: number): number {
  return left === right ? 0 : left < right ? -1 : 1;
}
