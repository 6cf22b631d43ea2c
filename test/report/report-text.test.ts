import { describe, expect, test } from 'vitest';
import type { BuildResult, ErrorReport, RolloutStatus } from '../../src/ports/result.ts';
import { reportText } from '../../src/report/report-text.ts';
import { BUILD_FAILED, OLD_DIGEST, ROLLOUT_EXITED, sampleResult, sampleRollout } from './sample-events.ts';

const NOTHING_PUSHED = { image: null, buildImage: null, digest: null, rollouts: [] } as const;
const CANCELED: ErrorReport = { code: 'CANCELED', message: 'interrupted', stage: 'build', hint: null, evidence: [] };

describe('the first line says what happened and what runs', () => {
  test.each<[string, Partial<BuildResult>]>([
    ['succeeded: xgen-core of lotteimall, b42 runs in dev (8.1s)', {}],
    [
      'succeeded: xgen-core of lotteimall, b42 runs in dev and prd (8.1s)',
      { rollouts: [sampleRollout(), sampleRollout({ env: 'prd' })] },
    ],
    ['succeeded: xgen-core of lotteimall, b42 is in the registry, was rolled out nowhere (8.1s)', { rollouts: [] }],
    [
      'succeeded: xgen-core of lotteimall, b42 runs in dev and is exported for site (8.1s)',
      { rollouts: [sampleRollout(), sampleRollout({ env: 'site', status: 'exported' })] },
    ],
    [
      'unstable: xgen-core of lotteimall, b42 is in the registry, was rolled out nowhere (8.1s)',
      { status: 'unstable', rollouts: [sampleRollout({ status: 'rolled-back' })] },
    ],
    [
      'unstable: xgen-core of lotteimall, b42 is in the registry, is not proven to run in dev (8.1s)',
      { status: 'unstable', rollouts: [sampleRollout({ status: 'failed' })] },
    ],
    [
      'failed in rollout prd: xgen-core of lotteimall, b42 runs in dev, not in prd (8.1s)',
      {
        status: 'failed',
        error: ROLLOUT_EXITED,
        rollouts: [sampleRollout(), sampleRollout({ env: 'prd', status: 'rolled-back', error: ROLLOUT_EXITED })],
      },
    ],
    [
      'failed in build: xgen-core of lotteimall, nothing new runs (8.1s)',
      { ...NOTHING_PUSHED, status: 'failed', error: BUILD_FAILED },
    ],
    [
      'canceled in build: xgen-core of lotteimall, nothing new runs (8.1s)',
      { ...NOTHING_PUSHED, status: 'canceled', error: CANCELED },
    ],
    [
      'superseded: xgen-core of lotteimall, a newer automatic build took its place (8.1s)',
      { ...NOTHING_PUSHED, status: 'superseded' },
    ],
  ])('%s', (line, changes) => {
    expect(reportText(sampleResult(changes)).split('\n')[0]).toBe(line);
  });
});

describe('the line of an environment says what runs there now', () => {
  test.each<[RolloutStatus, string]>([
    ['succeeded', 'b42 runs · why'],
    ['failed', 'b42 is not proven to run · why'],
    ['rolled-back', 'b41 runs again, not b42 · why'],
    ['skipped', 'not touched · why'],
    ['same-cluster', 'not rolled out twice · why'],
    ['exported', 'b42 is exported, not yet loaded · why'],
    ['not-started', 'not started, runs what it ran before · why'],
  ])('%s', (status, text) => {
    const rollouts = [sampleRollout({ status, detail: 'why' })];
    expect(reportText(sampleResult({ rollouts })).split('\n')).toContain(`dev          ${text}`);
  });

  test.each([
    [{ replicas: 2 }, 'b42 runs in 2 replicas'],
    [{ status: 'failed', error: { ...ROLLOUT_EXITED, code: 'ROLLBACK_FAILED' } }, 'NOT KNOWN what runs, look now'],
    [{ status: 'rolled-back', previous: null }, 'what ran before runs again, not b42'],
    [
      { status: 'rolled-back', previous: { number: null, digest: OLD_DIGEST } },
      'sha256:0a9b0a9b0a9b runs again, not b42',
    ],
  ] as const)('%j', (changes, text) => {
    const rollouts = [sampleRollout({ ...changes, detail: '' })];
    expect(reportText(sampleResult({ rollouts })).split('\n')).toContain(`dev          ${text}`);
  });
});

test('a whole report: images, digest, environments, and what to paste to go back', () => {
  expect(reportText(sampleResult()).split('\n').slice(2)).toEqual([
    'build image  docker.x2bee.com/xgen/lotteimall/xgen-core:b42-amd64',
    'image        docker.x2bee.com/xgen/lotteimall/xgen-core:latest-amd64',
    `digest       sha256:${'1f3c'.repeat(16)}`,
    `commit       5d6e7f8${'0'.repeat(33)}`,
    'dev          b42 runs · answers 200 on /health, runs sha256:1f3c1f3c1f3c',
    '',
    'to go back in dev to what ran before:',
    '  xgen-build rollback xgen-core --site lotteimall --env dev --to b41',
    '',
    'the same without xgen-build:',
    `  kubectl set image deployment/xgen-core xgen-core=docker.x2bee.com/xgen/lotteimall/xgen-core@${OLD_DIGEST}`,
    '',
  ]);
});

describe('what to do next', () => {
  test('after a failed rollout: the same image again, and the log', () => {
    const prd = sampleRollout({ env: 'prd', status: 'rolled-back', error: ROLLOUT_EXITED });
    const late = sampleRollout({ env: 'late', status: 'not-started' });
    const text = reportText(sampleResult({ status: 'failed', error: ROLLOUT_EXITED, rollouts: [prd, late] }));
    expect(text).toContain(
      '\nerror        ROLLOUT_EXITED: the new container of xgen-core in prd ended with exit code 1',
    );
    expect(text).toContain("\nhint         set REDIS_HOST in prd's environment");
    expect(text).toContain('\n  xgen-build deploy xgen-core --site lotteimall --env prd,late --to b42\n');
    expect(text).toContain('\n  xgen-build logs xgen-core b42\n');
    expect(text).not.toContain('go back');
  });

  test('after a build that failed before it had a number there is nothing to roll out or to read', () => {
    const text = reportText(sampleResult({ ...NOTHING_PUSHED, number: null, status: 'failed', error: BUILD_FAILED }));
    expect(text).not.toContain('xgen-build ');
  });

  test('after an interruption', () => {
    expect(reportText(sampleResult({ ...NOTHING_PUSHED, status: 'canceled', error: CANCELED }))).toContain(
      '\nnext:\n  the same command again\n',
    );
  });
});

test('says why nothing was built, that the configuration is not committed, and every warning', () => {
  const lines = reportText(
    sampleResult({
      built: false,
      reason: 'nothing changed since b42',
      infra: { commit: null, dirty: true },
      warnings: ['a\nb'],
    }),
  ).split('\n');
  expect(lines).toContain('not built    nothing changed since b42');
  expect(lines).toContain('infra        unknown with changes that are not committed');
  expect(lines).toContain('warning      a b');
});
