/**
 * Replays made-up builds in the terminal, to look at the reporter: `node scripts/show-reporter.ts [scene] [mode]`.
 * Scenes: success, build, rollout, waiting, canceled, all. Honours NO_COLOR and COLUMNS of the window.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BuildEventBody } from '../src/ports/events.ts';
import type { BuildResult, StageStatus } from '../src/ports/result.ts';
import { createReporter } from '../src/report/create-reporter.ts';
import { reportText } from '../src/report/report-text.ts';
import type { ReporterOptions } from '../src/report/reporter.ts';
import {
  BUILD_FAILED,
  BUILD_STARTED,
  DIGEST,
  ROLLOUT_EXITED,
  event,
  sampleResult,
  sampleRollout,
} from '../test/report/sample-events.ts';

type Beat = BuildEventBody | number;

function stage(
  name: string,
  beats: readonly Beat[],
  end: { detail: string; ms: number; status?: StageStatus },
): Beat[] {
  const finished = { kind: 'stage-finished', stage: name, status: end.status ?? 'succeeded' } as const;
  return [
    { kind: 'stage-started', stage: name, detail: '' },
    ...beats,
    { ...finished, detail: end.detail, durationMs: end.ms },
  ];
}

function step(number: number, name: string, output: { lines: readonly string[]; isFailed?: true }): Beat[] {
  const id = { kind: 'step', stage: 'build', step: number, name } as const;
  const lines = output.lines.flatMap((text): Beat[] => [
    { kind: 'log', stage: 'build', step: number, stream: 'stdout', text: `${text}\n` },
    250,
  ]);
  const status = output.isFailed === true ? 'failed' : 'completed';
  return [{ ...id, status: 'started', durationMs: null }, 300, ...lines, { ...id, status, durationMs: 900 }];
}

const CHECK = stage('check', [200], { detail: '', ms: 200 });
const CHECKOUT = stage('checkout', [300], {
  detail: '5d6e7f8 로그인 세션 만료 시간 수정 Fix session timeout (2 commits since b41)',
  ms: 210,
});
const OVERLAY = stage('overlay', [100], {
  detail: 'dockerfiles/xgen-python/Dockerfile.local, .dockerignore',
  ms: 12,
});
const INSTALL = [
  'npm warn deprecated glob@7.2.3: \u001b[33mold versions of glob are not supported\u001b[0m',
  '\u001b]0;evil title\u0007added 120 packages, and audited 121 packages in 3s which is a rather long line of output',
  'progress 10%\rprogress 55%\rprogress 100%',
];
const BUILD = stage(
  'build',
  [
    ...step(1, '[builder 1/5] FROM docker.io/library/node:22', { lines: [] }),
    ...step(2, '[builder 3/5] RUN npm ci', { lines: INSTALL }),
  ],
  { detail: '7 of 11 steps cached', ms: 8100 },
);
const PUSH = stage(
  'push',
  [{ kind: 'stage-progress', stage: 'push', detail: 'b42-amd64: 2 of 9 layers, 1.2 of 4.1 MB' }, 600],
  { detail: 'b42-amd64, latest-amd64 · sha256:1f3c1f3c1f3c · 2 of 9 layers, 4.1 MB', ms: 1300 },
);
const ROLLOUT_DEV = stage(
  'rollout dev',
  [{ kind: 'stage-progress', stage: 'rollout dev', detail: 'waits for 200 on /health' }, 600],
  { detail: 'answers 200 on /health, runs sha256:1f3c1f3c1f3c', ms: 2900 },
);
const UNTIL_ROLLOUT: Beat[] = [BUILD_STARTED, ...CHECK, ...CHECKOUT, ...OVERLAY, ...BUILD, ...PUSH, ...ROLLOUT_DEV];

const WARNING = `prd follows the same moving tag as dev (strategy restart): any pod of prd that is rescheduled pulls ${DIGEST.slice(0, 19)}; strategy pin cures it`;

interface Scene {
  readonly beats: readonly Beat[];
  readonly result: BuildResult;
}

const NOTHING_PUSHED = { image: null, buildImage: null, digest: null, rollouts: [] } as const;

function success(): Scene {
  const warning = { kind: 'warning', stage: 'check', message: WARNING } as const;
  return { beats: [BUILD_STARTED, warning, ...UNTIL_ROLLOUT.slice(1)], result: sampleResult() };
}

function failedBuild(): Scene {
  const beats = [...step(2, '[builder 3/5] RUN npm ci', { lines: INSTALL, isFailed: true })];
  const end = { status: 'failed', detail: BUILD_FAILED.message, ms: 1900 } as const;
  return {
    beats: [BUILD_STARTED, ...CHECKOUT, ...stage('build', [...beats, { kind: 'error', error: BUILD_FAILED }], end)],
    result: sampleResult({ ...NOTHING_PUSHED, status: 'failed', error: BUILD_FAILED }),
  };
}

function failedRollout(): Scene {
  const detail = 'exited with 1 · "KeyError: \'REDIS_HOST\'" · b41 is back';
  const rollout = sampleRollout({ env: 'prd', status: 'rolled-back', detail, error: ROLLOUT_EXITED });
  const end = { status: 'failed', detail, ms: 4400 } as const;
  return {
    beats: [...UNTIL_ROLLOUT, ...stage('rollout prd', [400, { kind: 'rollout-finished', rollout }], end)],
    result: sampleResult({ status: 'failed', error: ROLLOUT_EXITED, rollouts: [sampleRollout(), rollout] }),
  };
}

function waiting(): Scene {
  const forWhom = 'jiwon@ci-3, which builds b41 since 12:03';
  return {
    beats: [BUILD_STARTED, { kind: 'waiting', forWhom }, 1500, ...UNTIL_ROLLOUT.slice(1)],
    result: sampleResult({ warnings: [WARNING] }),
  };
}

function canceled(): Scene {
  const error = {
    code: 'CANCELED',
    message: 'interrupted by Ctrl-C',
    stage: 'build',
    hint: null,
    evidence: [],
  } as const;
  const end = { status: 'canceled', detail: '', ms: 1900 } as const;
  const beats = stage('build', step(2, '[3/5] RUN npm ci', { lines: INSTALL }), end);
  return {
    beats: [BUILD_STARTED, ...CHECKOUT, ...beats, { kind: 'error', error }],
    result: sampleResult({ ...NOTHING_PUSHED, status: 'canceled', error }),
  };
}

const SCENES: ReadonlyMap<string, () => Scene> = new Map([
  ['success', success],
  ['build', failedBuild],
  ['rollout', failedRollout],
  ['waiting', waiting],
  ['canceled', canceled],
]);

async function show({ beats, result }: Scene, mode: ReporterOptions['mode']): Promise<void> {
  const reporter = createReporter({
    mode,
    stream: process.stderr,
    color: process.env['NO_COLOR'] === undefined,
    verbose: process.argv.includes('--verbose'),
    clock: { monotonicMs: () => performance.now() },
  });
  let seq = 0;
  for (const beat of [...beats, { kind: 'build-finished', result } as const]) {
    if (typeof beat === 'number') await sleep(beat);
    else reporter.handle(event(beat, ++seq));
  }
  reporter.close();
  process.stdout.write(`\n${reportText(result)}\n`);
}

const [name = 'all', mode = 'tty'] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
for (const [key, scene] of SCENES)
  if (name === 'all' || name === key) await show(scene(), mode as ReporterOptions['mode']);
