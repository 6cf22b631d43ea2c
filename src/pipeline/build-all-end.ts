import type { BuildAllResult, BuildResult, ServiceStatus } from '../ports/result.ts';

/** How one service ended: by a result, or without ever having begun. */
export type ServiceEnd = { readonly kind: 'ended'; readonly result: BuildResult } | { readonly kind: 'not-begun' };

/** What becomes of all of them; pure. `isCanceled`: by a person or a signal, not by `--fail-fast`. */
export function endOfAll(all: {
  readonly services: readonly string[];
  readonly ends: ReadonlyMap<string, ServiceEnd>;
  readonly isCanceled: boolean;
  readonly durationMs: number;
}): BuildAllResult {
  const { services, ends, isCanceled, durationMs } = all;
  const named = (status: ServiceStatus): string[] =>
    services.filter((service) => statusOf(ends.get(service), isCanceled) === status);
  const lists = {
    succeeded: named('succeeded'),
    failed: named('failed'),
    unstable: named('unstable'),
    skipped: named('skipped'),
    canceled: named('canceled'),
  };
  const results = services.flatMap((service) => {
    const end = ends.get(service);
    return end?.kind === 'ended' ? [end.result] : [];
  });
  return { schemaVersion: 1, status: overall(lists, isCanceled), ...lists, results, durationMs };
}

function statusOf(end: ServiceEnd | undefined, isCanceled: boolean): ServiceStatus {
  if (end === undefined || end.kind === 'not-begun') return isCanceled ? 'canceled' : 'skipped';
  const { status } = end.result;
  return status === 'superseded' ? 'skipped' : status;
}

type Lists = Omit<BuildAllResult, 'schemaVersion' | 'status' | 'results' | 'durationMs'>;

function overall({ succeeded, failed, unstable, canceled }: Lists, isCanceled: boolean): BuildAllResult['status'] {
  if (isCanceled && canceled.length > 0) return 'canceled';
  const hasGood = succeeded.length + unstable.length > 0;
  if (failed.length > 0) return hasGood ? 'unstable' : 'failed';
  return unstable.length + canceled.length > 0 ? 'unstable' : 'succeeded';
}
