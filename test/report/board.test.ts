import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BuildEventBody } from '../../src/ports/events.ts';
import { createAllReporter } from '../../src/report/all-reporter.ts';
import type { ReporterOptions } from '../../src/report/reporter.ts';
import { widthOf } from '../../src/report/terminal-text.ts';
import { BUILD_FAILED, BUILD_STARTED, event, sampleResult } from './sample-events.ts';
import { TestTerminal } from './test-terminal.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

class HighTerminal extends TestTerminal {
  rows = 24;
}

function show(
  services: readonly string[],
  options: Partial<ReporterOptions> & { columns?: number; rows?: number } = {},
) {
  const { columns = 80, rows = 24, mode = 'tty', ...rest } = options;
  const terminal = new HighTerminal(columns);
  terminal.rows = rows;
  const clock = { monotonicMs: () => performance.now() };
  const shared = { stream: terminal, color: false, verbose: false, clock, services };
  const reporter = createAllReporter({ mode, ...shared, ...rest });
  let seq = 0;
  const play = (service: string, ...beats: readonly BuildEventBody[]): void => {
    for (const beat of beats) reporter.handle(service, event(beat, ++seq));
  };
  return { terminal, reporter, play };
}

const STARTED: BuildEventBody = { kind: 'stage-started', stage: 'build', detail: '' };
const STEP: BuildEventBody = {
  kind: 'step',
  stage: 'build',
  step: 1,
  name: '[3/5] RUN npm ci',
  status: 'started',
  durationMs: null,
};
const succeeded = (service: string): BuildEventBody => ({
  kind: 'build-finished',
  result: sampleResult({ service, rollouts: [], durationMs: 8_100, reason: 'source changed' }),
});
const failed = (service: string): BuildEventBody => ({
  kind: 'build-finished',
  result: sampleResult({ service, status: 'failed', rollouts: [], buildImage: null, error: BUILD_FAILED }),
});

test('has a line per service with what it is at, and the time', () => {
  const { terminal, play } = show(['xgen-core', 'xgen-frontend', 'api']);
  play('xgen-core', BUILD_STARTED, STARTED, STEP);
  vi.advanceTimersByTime(2_100);
  const [core, frontend, api] = terminal.lines();
  expect(core).toMatch(/^\S xgen-core +build {2}3\/5 RUN npm ci +2\.1s$/);
  expect(frontend).toMatch(/^· xgen-frontend +waits$/);
  expect(api).toMatch(/^· api +waits$/);
});

test('says in the end how each ended, and below that what failed and why', () => {
  const { terminal, reporter, play } = show(['xgen-core', 'xgen-frontend']);
  play('xgen-core', BUILD_STARTED, succeeded('xgen-core'));
  play('xgen-frontend', BUILD_STARTED, failed('xgen-frontend'));
  reporter.close();
  reporter.close();
  const lines = terminal.lines();
  expect(lines[0]).toMatch(/^✔ xgen-core .*b\d+ is in the registry.* 8\.1s$/);
  expect(lines[1]).toMatch(/^✘ xgen-frontend +failed in build/);
  const block = lines.slice(2).join('\n');
  expect(block).toContain('xgen-frontend');
  expect(block).toContain(BUILD_FAILED.code);
  expect(block.match(new RegExp(BUILD_FAILED.code, 'g'))).toHaveLength(1);
  expect(terminal.isCursorHidden).toBe(false);
});

test('a warning that is true of all services is said once', () => {
  const { terminal, reporter, play } = show(['a', 'b']);
  const warning: BuildEventBody = { kind: 'warning', stage: 'plan', message: 'prd follows the moving tag' };
  for (const service of ['a', 'b']) play(service, BUILD_STARTED, warning, succeeded(service));
  reporter.close();
  expect(terminal.lines().filter((line) => line.includes('moving tag'))).toHaveLength(1);
});

test('no line is wider than the window, and a narrower window leaves no remains', () => {
  const { terminal, reporter, play } = show(['xgen-backend-gateway', 'xgen-core'], { columns: 30 });
  play('xgen-core', BUILD_STARTED, STARTED, STEP);
  vi.advanceTimersByTime(500);
  expect(terminal.everShown.filter((line) => widthOf(line) > 30)).toEqual([]);
  reporter.close();
  expect(terminal.lines()).toHaveLength(2);
});

test('of more services than the window has lines those that run are shown, and how many others there are', () => {
  const services = Array.from({ length: 60 }, (_, index) => `service-${String(index)}`);
  const { terminal, reporter, play } = show(services, { rows: 10 });
  play('service-1', BUILD_STARTED, failed('service-1'));
  play('service-7', BUILD_STARTED, STARTED);
  vi.advanceTimersByTime(200);
  expect(terminal.lines()).toHaveLength(2);
  expect(terminal.lines()[0]).toContain('service-7');
  expect(terminal.lines()[1]).toBe('  1 service done (1 not well), 58 waiting');
  reporter.close();
  expect(terminal.lines().filter((line) => line.includes('waits'))).toHaveLength(58);
});

test('elsewhere every line has its service before it', () => {
  const { terminal, play } = show(['xgen-core', 'api'], { mode: 'plain' });
  play('api', STARTED);
  play('xgen-core', STARTED);
  expect(terminal.lines()).toEqual(['[api      ] == build', '[xgen-core] == build']);
});

test('as JSON every event says whose it is', () => {
  const { terminal, play } = show(['api'], { mode: 'json' });
  play('api', STARTED);
  expect(JSON.parse(terminal.lines()[0] ?? '')).toMatchObject({ service: 'api', kind: 'stage-started', seq: 1 });
});
