import { expect, test } from 'vitest';
import { longestFirst, usualDuration } from '../../src/pipeline/build-order.ts';
import type { BuildRecord } from '../../src/ports/store.ts';
import { sampleResult } from '../report/sample-events.ts';

function record(service: string, durationMs: number, built = true): BuildRecord {
  const result = sampleResult({ service, durationMs, built });
  return {
    id: service,
    service,
    site: result.site,
    command: 'build',
    number: 1,
    status: 'succeeded',
    attempt: 1,
    parameters: result.parameters,
    startedBy: '',
    startedAt: '',
    finishedAt: '',
    commit: null,
    digest: null,
    sizeBytes: null,
    fingerprint: null,
    stages: [],
    attempts: [],
    rollouts: [],
    result,
  };
}

const HISTORY = [record('short', 100), record('long', 9_000), record('middle', 2_000), record('middle', 500)];

test('what took longest comes first, what was never built before all others', async () => {
  const jobs = ['short', 'middle', 'new', 'long', 'newer'].map((service) => ({ service, site: 'main' }));
  const find = async ({ service }: { service?: string }) => HISTORY.filter((one) => one.service === service);
  const ordered = await longestFirst(jobs, { find });
  expect(ordered.map(({ service }) => service)).toEqual(['new', 'newer', 'long', 'middle', 'short']);
});

test('what was not built says nothing of how long a build takes', () => {
  expect(usualDuration([record('a', 100, false)])).toBe(Number.POSITIVE_INFINITY);
  expect(usualDuration([record('a', 50, false), record('a', 700)])).toBe(700);
});
