import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BuildEventBody } from '../../src/ports/events.ts';
import type { StageStatus } from '../../src/ports/result.ts';
import { createReporter } from '../../src/report/create-reporter.ts';
import type { Reporter, ReporterOptions } from '../../src/report/reporter.ts';
import { widthOf } from '../../src/report/terminal-text.ts';
import { attempt } from '../fakes/attempt.ts';
import { BUILD_FAILED, BUILD_STARTED, ROLLOUT_EXITED, event, sampleResult, sampleRollout } from './sample-events.ts';
import { TestTerminal } from './test-terminal.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Shown {
  readonly terminal: TestTerminal;
  readonly reporter: Reporter;
  /** Hands over events; a number lets so many milliseconds pass. */
  readonly play: (...beats: readonly (BuildEventBody | number)[]) => void;
}

function show(mode: ReporterOptions['mode'], options: Partial<ReporterOptions> & { columns?: number } = {}): Shown {
  const { columns = 80, ...rest } = options;
  const terminal = new TestTerminal(columns);
  const clock = { monotonicMs: () => performance.now() };
  const reporter = createReporter({ mode, stream: terminal, color: false, verbose: false, clock, ...rest });
  let seq = 0;
  const play = (...beats: readonly (BuildEventBody | number)[]): void => {
    for (const beat of beats)
      if (typeof beat === 'number') vi.advanceTimersByTime(beat);
      else reporter.handle(event(beat, ++seq));
  };
  return { terminal, reporter, play };
}

function started(stage: string, detail = ''): BuildEventBody {
  return { kind: 'stage-started', stage, detail };
}

function finished(stage: string, detail = '', status: StageStatus = 'succeeded'): BuildEventBody {
  return { kind: 'stage-finished', stage, status, detail, durationMs: 210 };
}

function step(number: number, name: string, status: 'started' | 'completed' | 'failed' = 'started'): BuildEventBody {
  return { kind: 'step', stage: 'build', step: number, name, status, durationMs: status === 'started' ? null : 900 };
}

function log(number: number, text: string): BuildEventBody {
  return { kind: 'log', stage: 'build', step: number, stream: 'stdout', text };
}

const FINISHED: BuildEventBody = { kind: 'build-finished', result: sampleResult() };

describe('in a terminal', () => {
  test('shows a header and a line per finished stage', () => {
    const { terminal, play } = show('tty');
    play(
      BUILD_STARTED,
      started('checkout'),
      finished('checkout', '5d6e7f8 Fix'),
      started('push'),
      finished('push'),
      FINISHED,
    );
    expect(terminal.lines()).toEqual([
      'xgen-core · lotteimall · amd64 → docker.x2bee.com/xgen/lotteimall',
      `✔ checkout     5d6e7f8 Fix${' '.repeat(49)} 0.2s`,
      `✔ push${' '.repeat(69)} 0.2s`,
    ]);
  });

  test('says of a healed stage what it was in one line, and shows what is being done meanwhile', () => {
    const { terminal, play } = show('tty', { columns: 100 });
    const told = 'cache damaged (layer does not exist) · pruned 1.2 GB · built again';
    play(started('build'), {
      kind: 'recovering',
      stage: 'build',
      detail: "cache damaged (…): emptying the engine's cache",
    });
    play(150);
    expect(terminal.lines().at(-1)).toContain("emptying the engine's cache");
    play({ kind: 'attempt', stage: 'build', attempt: attempt() }, finished('build', told));
    expect(terminal.lines()).toEqual([`! build        ${told}${' '.repeat(14)} 0.2s`]);
  });

  test('shows the tries of a stage that failed in the end', () => {
    const { terminal, play } = show('tty', { columns: 200 });
    play(started('build'), { kind: 'attempt', stage: 'build', attempt: attempt() });
    play({ kind: 'attempt', stage: 'build', attempt: attempt({ remedy: 'none' }) }, finished('build', 'no', 'failed'));
    const [first, last, ...rest] = terminal.lines();
    expect(first).toContain('! build: cache-damage at ci-7 (layer-missing), prune-and-rebuild:');
    expect(last).toContain('✘ build        no');
    expect(rest).toEqual([]);
  });

  test('shows the running stage with its step, its last output and its time in one live line', () => {
    const { terminal, play } = show('tty');
    play(started('build'), step(2, '[builder 3/5] RUN npm ci'), log(2, '\u001b[33mfirst\u001b[0m\nlast\npart'), 1200);
    expect(terminal.lines()).toEqual([`⠹ build        builder 3/5 RUN npm ci · part${' '.repeat(28)} 1.2s`]);
    play(step(2, '', 'completed'), 100);
    expect(terminal.lines()[0]).not.toContain('npm ci');
    play(finished('build', 'done'));
    expect(terminal.lines()).toHaveLength(1);
  });

  test('draws at most ten times a second, however much happens', () => {
    const { terminal, play } = show('tty');
    play(started('build'), 100);
    terminal.writes = 0;
    for (let round = 0; round < 1000; round++)
      play(log(1, `${round}\n`), { kind: 'stage-progress', stage: 'build', detail: `${round}` }, 1);
    expect(terminal.writes).toBeLessThanOrEqual(10);
  });

  test('hides the cursor while the live line moves and gives it back', () => {
    const { terminal, play, reporter } = show('tty');
    play(started('build'), 200);
    expect(terminal.isCursorHidden).toBe(true);
    reporter.close();
    reporter.close();
    expect(terminal.isCursorHidden).toBe(false);
    expect(terminal.lines()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    ['is not shown where it was short', [finished('check')], 0],
    ['is shown where it took long', [{ ...finished('check'), durationMs: 1500 }], 1],
    ['is shown where it warned', [{ kind: 'warning', stage: 'check', message: 'w' }, finished('check')], 2],
    ['is shown where it failed', [finished('check', 'no', 'failed')], 1],
  ] as const)('the check %s', (_, beats, count) => {
    const { terminal, play } = show('tty');
    play(started('check'), 900);
    expect(terminal.lines()).toEqual([]);
    play(...beats);
    expect(terminal.lines()).toHaveLength(count);
  });

  test('the check is seen while it takes longer than a second', () => {
    const { terminal, play } = show('tty');
    play(started('check', 'reads the registry'), 1200);
    expect(terminal.lines()[0]).toMatch(/check +reads the registry +1.2s/);
  });

  test('shows an error once, below the line of its stage: message, evidence, hint, code', () => {
    const { terminal, play } = show('tty');
    const result = sampleResult({ status: 'failed', error: BUILD_FAILED, rollouts: [] });
    play(started('build'), 200, { kind: 'error', error: BUILD_FAILED }, finished('build', 'exit code 1', 'failed'));
    play({ kind: 'build-finished', result });
    expect(terminal.lines()).toEqual([
      `✘ build        exit code 1${' '.repeat(49)} 0.2s`,
      '',
      '  RUN npm ci ended with exit code 1',
      '  │ npm error code ERESOLVE',
      '  │ npm error ERESOLVE could not resolve react@19 with @wordpress/components@28,',
      '  │ which is asked for by xgen-frontend',
      '  │ Dockerfile:7  RUN npm ci',
      '  → make `npm ci` pass in a checkout of 5d6e7f8, then build again',
      '  BUILD_FAILED',
    ]);
  });

  test('shows the error of a rollout that is in no event of its own', () => {
    const { terminal, play } = show('tty');
    play({ kind: 'rollout-finished', rollout: sampleRollout({ env: 'prd', error: ROLLOUT_EXITED }) });
    expect(terminal.lines().filter((line) => line.includes('ROLLOUT_EXITED'))).toHaveLength(1);
  });

  test('says for whom it waits, how long it waited, and goes on', () => {
    const { terminal, play } = show('tty', { columns: 50 });
    play({ kind: 'waiting', forWhom: 'jiwon@ci-3' }, 1500, { kind: 'waiting', forWhom: 'mina@ci-4' }, 500);
    expect(terminal.lines()).toEqual([`⠋ waiting for mina@ci-4${' '.repeat(19)} 2.0s`]);
    play(started('checkout'), finished('checkout', '5d6e7f8'));
    expect(terminal.lines()[0]).toMatch(/^✔ waiting for mina@ci-4 +2.0s$/);
  });

  test('says in the line of a rollout that it waits for another', () => {
    const { terminal, play } = show('tty', { columns: 70 });
    play(started('rollout dev'), { kind: 'waiting', forWhom: 'the rollout of mina@ci-4' }, 100);
    expect(terminal.lines()[0]).toContain('rollout dev  waits for the rollout of mina@ci-4');
    play(finished('rollout dev', 'answers 200 on /health'));
    expect(terminal.lines()).toHaveLength(1);
  });

  test('follows stages that run side by side, each to its own end', () => {
    const { terminal, play } = show('tty');
    play(started('check'), started('checkout', 'fetches main'), 1200);
    expect(terminal.lines()[0]).toContain('checkout     fetches main');
    play(finished('checkout', '5d6e7f8'), 100);
    expect(terminal.lines()[1]).toMatch(/check +1.3s$/);
    play({ kind: 'stage-progress', stage: 'check', detail: 'reads the targets' }, 100);
    expect(terminal.lines()[1]).toContain('check        reads the targets');
    play(finished('check'));
    expect(terminal.lines()).toHaveLength(1);
  });

  test('says of a build that was interrupted while it waited that it was', () => {
    const { terminal, play } = show('tty', { columns: 50 });
    play(
      { kind: 'waiting', forWhom: 'jiwon@ci-3' },
      { kind: 'build-finished', result: sampleResult({ status: 'canceled' }) },
    );
    expect(terminal.lines()[0]).toMatch(/^■ waiting/);
  });

  test('shows all output where that was asked for', () => {
    const { terminal, play } = show('tty', { verbose: true, columns: 30 });
    play(
      started('build'),
      step(2, '[3/5] RUN npm ci'),
      log(2, 'one\ntw'),
      log(2, 'o\nlast line without an end of its own'),
    );
    play(finished('build', 'done'));
    expect(terminal.lines().slice(0, -1)).toEqual([
      '#2 [3/5] RUN npm ci',
      '#2 one',
      '#2 two',
      '#2 last line without an end of',
      'its own',
    ]);
  });

  test.each([20, 40, 80, 120])('never writes a line wider than a window of %d columns', (columns) => {
    const { terminal, play } = show('tty', { columns, verbose: true });
    const error = { ...BUILD_FAILED, message: '메시지 '.repeat(30), evidence: ['한국어'.repeat(60), 'x'.repeat(300)] };
    play(
      BUILD_STARTED,
      { kind: 'warning', stage: 'check', message: 'long words '.repeat(20) },
      started('build', '상세 '.repeat(60)),
      300,
    );
    play(step(1, `[builder 1/5] RUN ${'x'.repeat(200)}`), log(1, `${'한'.repeat(200)}\n`), 300, {
      kind: 'error',
      error,
    });
    play(finished('build', '세부 '.repeat(60), 'failed'), FINISHED);
    expect(Math.max(...terminal.everShown.map(widthOf))).toBeLessThanOrEqual(columns);
  });

  test('clears a live line that the window broke when it became narrower', () => {
    const { terminal, play } = show('tty', { columns: 60 });
    play(BUILD_STARTED, started('build', 'x'.repeat(100)), 100);
    terminal.written = '';
    terminal.columns = 25;
    play(100);
    expect(terminal.written).toContain('\r\u001b[2A\u001b[J');
  });

  test('uses no colour where there is to be none, and some where there may be', () => {
    for (const color of [true, false]) {
      const { terminal, play } = show('tty', { color });
      play(BUILD_STARTED, started('build'), 200, finished('build', '', 'failed'), {
        kind: 'error',
        error: BUILD_FAILED,
      });
      expect(terminal.written.includes('\u001b[31m')).toBe(color);
      expect(terminal.written.includes('\u001b[2m')).toBe(color);
    }
  });
});

describe('in plain lines', () => {
  test('says every event of note, and output with the number of its step', () => {
    const { terminal, play } = show('plain');
    play(BUILD_STARTED, { kind: 'waiting', forWhom: 'mina@ci-4' }, started('build'), step(7, '[3/5] RUN npm ci'));
    play(log(7, 'one\ntw'), log(7, 'o\nend'), step(7, '[3/5] RUN npm ci', 'completed'), log(0, 'exporting\n'));
    play(
      { kind: 'number-drawn', number: 42 },
      { kind: 'warning', stage: 'push', message: 'slow' },
      finished('build', 'done'),
      FINISHED,
    );
    expect(terminal.lines()).toEqual([
      'xgen-core · lotteimall · amd64 → docker.x2bee.com/xgen/lotteimall, started by jiwon@ci-7',
      'waiting for mina@ci-4',
      '== build',
      '#7 [3/5] RUN npm ci',
      '#7 one',
      '#7 two',
      '#7 end',
      '#7 DONE [3/5] RUN npm ci  0.9s',
      'exporting',
      'number b42',
      'warning: slow',
      '✔ build  done  0.2s',
      'succeeded: b42, sha256:1f3c1f3c1f3c…, 8.1s',
    ]);
  });

  test('says an error once, without control sequences, with the prefix of its service', () => {
    const { terminal, play } = show('plain', { servicePrefix: 'xgen-core', color: true });
    const error = { ...BUILD_FAILED, evidence: ['\u001b[31mred\u001b[0m\rover'] };
    play({ kind: 'error', error }, { kind: 'build-finished', result: sampleResult({ status: 'failed', error }) });
    expect(terminal.written).toBe(
      [
        '[xgen-core] error BUILD_FAILED in build: RUN npm ci ended with exit code 1',
        '[xgen-core]   | over',
        '[xgen-core]   → make `npm ci` pass in a checkout of 5d6e7f8, then build again',
        '[xgen-core] failed: b42, sha256:1f3c1f3c1f3c…, 8.1s',
        '',
      ].join('\n'),
    );
  });

  test('bounds a line that never ends', () => {
    const { terminal, play } = show('plain');
    for (let round = 0; round < 150; round++) play(log(1, 'x'.repeat(1000)));
    expect(terminal.written.length).toBeGreaterThan(30_000);
    expect(terminal.written.split('\n').length).toBeGreaterThan(2);
  });
});

test('as JSON, every event is a line', () => {
  const { terminal, play } = show('json');
  play(BUILD_STARTED, FINISHED);
  expect(
    terminal.written
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([event(BUILD_STARTED, 1), event(FINISHED, 2)]);
});

test('when quiet, errors alone are said, each once', () => {
  const { terminal, play } = show('quiet');
  play(BUILD_STARTED, started('build'), log(1, 'x\n'), { kind: 'error', error: BUILD_FAILED });
  play({ kind: 'build-finished', result: sampleResult({ error: BUILD_FAILED }) });
  expect(terminal.lines().filter((line) => line.startsWith('error'))).toHaveLength(1);
  expect(terminal.written).not.toContain('started');
});
