import { describe, expect, test } from 'vitest';
import type { BuildResult, ErrorReport, RolloutStatus } from '../../src/ports/result.ts';
import { reportText } from '../../src/report/report-text.ts';
import { widthOf } from '../../src/report/terminal-text.ts';
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
      'succeeded: xgen-core of lotteimall, b42 is in the registry, was not rolled out (--no-deploy) (8.1s)',
      { rollouts: [], parameters: { ...sampleResult().parameters, deploy: false } },
    ],
    [
      'succeeded: xgen-core of lotteimall, b42 runs in dev, b41 runs in prd (8.1s)',
      { rollouts: [sampleRollout(), sampleRollout({ env: 'prd', number: 41, digest: OLD_DIGEST })] },
    ],
    [
      'succeeded: xgen-core of lotteimall, b42 runs in dev, sha256:0a9b0a9b0a9b… runs in prd (8.1s)',
      { rollouts: [sampleRollout(), sampleRollout({ env: 'prd', number: null, digest: OLD_DIGEST })] },
    ],
    [
      'failed: xgen-core of lotteimall, b42 is in the registry, was rolled back in dev, was not started in prd (8.1s)',
      {
        status: 'failed',
        rollouts: [sampleRollout({ status: 'rolled-back' }), sampleRollout({ env: 'prd', status: 'not-started' })],
      },
    ],
    [
      'unstable: xgen-core of lotteimall, b42 is in the registry, was rolled back in dev (8.1s)',
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
      'failed: xgen-core of lotteimall, the image is not proven to run in dev (8.1s)',
      { ...NOTHING_PUSHED, number: null, status: 'failed', rollouts: [sampleRollout({ status: 'failed' })] },
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
    ['rolled-back', 'why'],
    ['skipped', 'not touched · why'],
    ['same-cluster', 'not rolled out twice · why'],
    ['exported', 'b42 is exported, not yet loaded · why'],
    ['not-started', 'why'],
  ])('%s', (status, text) => {
    const rollouts = [sampleRollout({ status, detail: 'why' })];
    expect(reportText(sampleResult({ rollouts })).split('\n')).toContain(`dev          ${text}`);
  });

  test.each([
    [{ replicas: 2 }, 'b42 runs in 2 replicas'],
    [{ status: 'failed', error: { ...ROLLOUT_EXITED, code: 'ROLLBACK_FAILED' } }, 'NOT KNOWN what runs, look now'],
    [{ status: 'rolled-back', previous: null }, 'what ran before runs again'],
    [{ status: 'rolled-back', previous: { number: null, digest: OLD_DIGEST } }, 'sha256:0a9b0a9b0a9b… runs again'],
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
    'reason       source changed: 1a2b3c4 → 5d6e7f8',
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
    expect(text).toContain('\n  xgen-build logs xgen-core b42 --site lotteimall\n');
    expect(text).not.toContain('go back');
  });

  test('after a build that failed before it had a number there is nothing to roll out or to read', () => {
    const text = reportText(sampleResult({ ...NOTHING_PUSHED, number: null, status: 'failed', error: BUILD_FAILED }));
    expect(text).not.toContain('xgen-build ');
  });

  test('after an interruption', () => {
    expect(reportText(sampleResult({ ...NOTHING_PUSHED, status: 'canceled', error: CANCELED }))).toContain(
      '\nto go on, type the same command again\n',
    );
  });
});

describe('what is there to paste', () => {
  const parameters = {
    ...sampleResult().parameters,
    registry: 'local',
    arch: 'arm64',
    switchSite: true,
    env: ['dev', 'prd'],
  } as const;

  test('names what is not at its default, so that it finds the image', () => {
    const rollouts = [sampleRollout({ status: 'failed' })];
    expect(reportText(sampleResult({ status: 'failed', rollouts, parameters }))).toContain(
      '\n  xgen-build deploy xgen-core --site lotteimall --env dev --to b42 --arch arm64 --registry local --switch-site\n',
    );
  });

  test('after --no-deploy, rolls out to the environments that were named', () => {
    const changes = { rollouts: [], parameters: { ...sampleResult().parameters, deploy: false, env: ['dev', 'prd'] } };
    expect(reportText(sampleResult(changes))).toContain(
      'to roll it out:\n  xgen-build deploy xgen-core --site lotteimall --env dev,prd --to b42\n',
    );
  });

  test('shows the log of the command itself where it rolled out what another one built', () => {
    const text = reportText(sampleResult({ status: 'failed', built: false }));
    expect(text).toContain('\n  xgen-build logs xgen-core --site lotteimall\n');
  });
});

describe('in a window', () => {
  test.each([80, 60, 40])('of %i columns only what is there to be copied goes beyond it', (columns) => {
    const error = { ...ROLLOUT_EXITED, message: '한국어 message of many words '.repeat(8) };
    const rollouts = [sampleRollout({ detail: 'a detail of words '.repeat(10), status: 'rolled-back' })];
    const text = reportText(sampleResult({ status: 'failed', error, rollouts }), { width: columns });
    const long = text.split('\n').filter((line) => widthOf(line) > columns);
    expect(long.filter((line) => !/^ {2}(?:xgen-build |sha256:|docker\.x2bee\.com|5d6e7f8)\S*/.test(line))).toEqual([]);
  });

  test('a digest stands on a line of its own rather than be broken', () => {
    const lines = reportText(sampleResult(), { width: 80 }).split('\n');
    expect(lines[lines.indexOf('digest') + 1]).toBe(`  sha256:${'1f3c'.repeat(16)}`);
  });

  test('an error that stands above is not said twice', () => {
    const text = reportText(sampleResult({ status: 'failed', error: BUILD_FAILED }), { isErrorShown: true });
    expect(text).not.toContain('BUILD_FAILED');
    expect(text).not.toContain('hint');
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
  expect(lines).toContain('reason       nothing changed since b42');
  expect(lines).toContain('infra        unknown with changes that are not committed');
  expect(lines).toContain('warning      a b');
});
