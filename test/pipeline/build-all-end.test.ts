import { describe, expect, test } from 'vitest';
import { endOfAll, type ServiceEnd } from '../../src/pipeline/build-all-end.ts';
import type { BuildStatus } from '../../src/ports/result.ts';
import { exitCodeOfAll } from '../../src/report/exit-code.ts';
import { sampleResult } from '../report/sample-events.ts';

type How = BuildStatus | 'not-begun';

function endOf(hows: Readonly<Record<string, How>>, isCanceled = false) {
  const ends = new Map<string, ServiceEnd>(
    Object.entries(hows).map(([service, how]) => [
      service,
      how === 'not-begun' ? { kind: 'not-begun' } : { kind: 'ended', result: sampleResult({ service, status: how }) },
    ]),
  );
  return endOfAll({ services: Object.keys(hows), ends, isCanceled, durationMs: 5 });
}

describe('build-all ends as', () => {
  test.each<[Readonly<Record<string, How>>, boolean, { status: string; exitCode: number }]>([
    [{ a: 'succeeded', b: 'succeeded' }, false, { status: 'succeeded', exitCode: 0 }],
    [{ a: 'succeeded', b: 'failed' }, false, { status: 'unstable', exitCode: 3 }],
    [{ a: 'unstable', b: 'succeeded' }, false, { status: 'unstable', exitCode: 3 }],
    [{ a: 'unstable', b: 'failed' }, false, { status: 'unstable', exitCode: 3 }],
    [{ a: 'failed', b: 'failed' }, false, { status: 'failed', exitCode: 1 }],
    [{ a: 'failed', b: 'not-begun', c: 'canceled' }, false, { status: 'failed', exitCode: 1 }],
    [{ a: 'succeeded', b: 'failed', c: 'not-begun' }, false, { status: 'unstable', exitCode: 3 }],
    [{ a: 'succeeded', b: 'superseded' }, false, { status: 'succeeded', exitCode: 0 }],
    [{ a: 'succeeded', b: 'canceled' }, false, { status: 'unstable', exitCode: 3 }],
    [{ a: 'succeeded', b: 'canceled', c: 'not-begun' }, true, { status: 'canceled', exitCode: 130 }],
    [{ a: 'succeeded', b: 'succeeded' }, true, { status: 'succeeded', exitCode: 0 }],
  ])('%j (canceled: %j): %o', (hows, isCanceled, { status, exitCode }) => {
    const end = endOf(hows, isCanceled);
    expect(end.status).toBe(status);
    expect(exitCodeOfAll(end, AbortSignal.abort())).toBe(exitCode);
  });

  test('with every service in exactly one list, and results in the order of the configuration', () => {
    const end = endOf({ a: 'failed', b: 'succeeded', c: 'not-begun', d: 'superseded', e: 'unstable', f: 'canceled' });
    expect(end).toMatchObject({
      succeeded: ['b'],
      failed: ['a'],
      unstable: ['e'],
      skipped: ['c', 'd'],
      canceled: ['f'],
    });
    expect(end.results.map(({ service }) => service)).toEqual(['a', 'b', 'd', 'e', 'f']);
  });
});
