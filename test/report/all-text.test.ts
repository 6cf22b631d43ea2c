import { expect, test } from 'vitest';
import { endOfAll, type ServiceEnd } from '../../src/pipeline/build-all-end.ts';
import type { BuildResult } from '../../src/ports/result.ts';
import { allText } from '../../src/report/all-text.ts';
import { BuildAllResultSchema } from '../../src/report/result-schema.ts';
import { BUILD_FAILED, sampleResult, sampleRollout } from './sample-events.ts';

function all(results: readonly BuildResult[], notBegun: readonly string[] = []) {
  const ends = new Map<string, ServiceEnd>(results.map((result) => [result.service, { kind: 'ended', result }]));
  const services = [...results.map(({ service }) => service), ...notBegun];
  return endOfAll({ services, ends, isCanceled: false, durationMs: 8_200 });
}

const BUILT = sampleResult({ service: 'xgen-core', rollouts: [sampleRollout()], durationMs: 8_100 });
const KEPT = sampleResult({
  service: 'api',
  number: 41,
  built: false,
  reason: 'unchanged since b41',
  rollouts: [sampleRollout({ number: 41, durationMs: 0 })],
  durationMs: 100,
});
const FAILED = sampleResult({
  service: 'xgen-frontend',
  status: 'failed',
  buildImage: null,
  image: null,
  digest: null,
  rollouts: [],
  error: BUILD_FAILED,
});

test('says how each service ended, why, and what to type next', () => {
  const text = allText(all([BUILT, KEPT, FAILED], ['xgen-workflow']));
  expect(text).toMatch(
    /^unstable: 2 succeeded \(1 unchanged\), 1 failed \(xgen-frontend\), 1 skipped \(xgen-workflow\) \(8\.2s\)\n/,
  );
  expect(text).toMatch(/✔ xgen-core +b42 runs in dev/);
  expect(text).toMatch(/✔ api +unchanged since b41, b41 runs in dev/);
  expect(text).toMatch(/✘ xgen-frontend +failed in build: /);
  expect(text).toMatch(/- xgen-workflow +was not begun/);
  expect(text).toContain(`xgen-frontend: ${BUILD_FAILED.code}: `);
  expect(text).toContain('xgen-core: to go back in dev to what ran before:');
  expect(text).not.toContain('api: to go back');
  expect(text).toMatch(/xgen-build logs xgen-frontend /);
});

test('says less below a board', () => {
  const text = allText(all([BUILT, FAILED]), { isBoardShown: true });
  expect(text).not.toContain('✔');
  expect(text).not.toContain(BUILD_FAILED.code);
  expect(text).toContain('unstable: 1 succeeded, 1 failed (xgen-frontend)');
});

test('its JSON is what the schema says', () => {
  const result = all([BUILT, KEPT, FAILED], ['xgen-workflow']);
  expect(BuildAllResultSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
});
