import { describe, expect, it } from 'vitest';
import { attempt } from '../fakes/attempt.ts';
import type { BuildEvent, BuildEventBody } from '../../src/ports/events.ts';
import type { BuildResult } from '../../src/ports/result.ts';
import { createLineJoiner, logLines } from '../../src/report/log-lines.ts';
import { result, rollout } from '../adapters/store-sqlite/fixture.ts';

function eventOf(body: BuildEventBody): BuildEvent {
  return { ...body, seq: 1, at: '2026-03-09T10:00:00Z' };
}

function output(text: string, step = 7): BuildEvent {
  return eventOf({ kind: 'log', stage: 'build', step, stream: 'stdout', text });
}

const started = {
  service: 'xgen-core',
  site: 'lotteimall',
  arch: 'amd64',
  destination: 'docker.x2bee.com/xgen/lotteimall',
  startedBy: 'jiwon@ci-7',
};
const step = { kind: 'step', stage: 'build', step: 7, name: '[3/5] RUN npm ci' } as const;
const ended: BuildResult = result({ number: 42, digest: `sha256:${'1f3c'.repeat(16)}` });

describe('logLines', () => {
  it.each<[string, BuildEventBody, readonly string[]]>([
    [
      'the beginning',
      { kind: 'build-started', ...started },
      ['xgen-core · lotteimall · amd64 → docker.x2bee.com/xgen/lotteimall, started by jiwon@ci-7'],
    ],
    ['waiting', { kind: 'waiting', forWhom: 'b41' }, ['waiting for b41']],
    ['a number', { kind: 'number-drawn', number: 42 }, ['number b42']],
    ['a stage', { kind: 'stage-started', stage: 'build', detail: '' }, ['== build']],
    ['a stage with a detail', { kind: 'stage-started', stage: 'build', detail: 'x' }, ['== build: x']],
    ['progress', { kind: 'stage-progress', stage: 'build', detail: 'x' }, []],
    [
      'the end of a stage',
      { kind: 'stage-finished', stage: 'build', status: 'failed', detail: 'exit code 1', durationMs: 8_100 },
      ['✘ build  exit code 1  8.1s'],
    ],
    ['a step', { ...step, status: 'started', durationMs: null }, ['#7 [3/5] RUN npm ci']],
    ['a cached step', { ...step, status: 'cached', durationMs: null }, ['#7 CACHED [3/5] RUN npm ci']],
    ['a step that is done', { ...step, status: 'completed', durationMs: 3_200 }, ['#7 DONE [3/5] RUN npm ci  3.2s']],
    [
      'a long step that is done, short',
      { ...step, name: 'x'.repeat(200), status: 'completed', durationMs: 3_200 },
      [`#7 DONE ${'x'.repeat(79)}…  3.2s`],
    ],
    ['a step that failed', { ...step, status: 'failed', durationMs: 3_200 }, ['#7 FAILED [3/5] RUN npm ci  3.2s']],
    ['a warning', { kind: 'warning', stage: 'overlay', message: 'replaced' }, ['warning: replaced']],
    [
      'an attempt',
      { kind: 'attempt', stage: 'build', attempt: attempt() },
      [
        '! build: cache-damage at ci-7 (layer-missing), prune-and-rebuild: failed to get layer sha256:1f3c: layer does not exist  48.1s',
      ],
    ],
    [
      'the last attempt: the error says it',
      { kind: 'attempt', stage: 'build', attempt: attempt({ remedy: 'none' }) },
      [],
    ],
    [
      'a rollout',
      { kind: 'rollout-finished', rollout: rollout({ rollbackCommand: 'xgen-build rollback xgen-core --to b41' }) },
      ['  to go back: xgen-build rollback xgen-core --to b41'],
    ],
    [
      'a rollout that did not succeed',
      { kind: 'rollout-finished', rollout: rollout({ status: 'rolled-back' }) },
      ['rollout dev: rolled-back'],
    ],
    [
      'an error',
      {
        kind: 'error',
        error: {
          code: 'BUILD_FAILED',
          message: 'RUN npm ci ended with exit code 1',
          stage: 'build',
          hint: 'look at line 3',
          evidence: ['npm ERR!\nagain'],
        },
      },
      [
        'error BUILD_FAILED in build: RUN npm ci ended with exit code 1',
        '  | npm ERR!',
        '  | again',
        '  → look at line 3',
      ],
    ],
    ['the end', { kind: 'build-finished', result: ended }, ['succeeded: b42, sha256:1f3c1f3c1f3c…, 8.1s']],
    [
      'an end without a number',
      { kind: 'build-finished', result: result({ status: 'failed', number: null, digest: null, durationMs: 200 }) },
      ['failed: 0.2s'],
    ],
  ])('writes %s', (_name, body, expected) => {
    expect(logLines(eventOf(body))).toEqual(expected);
  });

  it.each([
    ['every line with its step', 'one\n\ntwo\n', ['#7 one', '#7 ', '#7 two']],
    ['what a progress bar shows last', '10%\r50%\r100%\n', ['#7 100%']],
    ['Windows line ends', 'one\r\ntwo\r\n', ['#7 one', '#7 two']],
    ['nothing that steers a terminal', '\u001b[2J\u001b]0;title\u0007red\u0000\n', ['#7 red']],
  ])('writes of output %s', (_name, text, expected) => {
    expect(logLines(output(text))).toEqual(expected);
  });

  it('writes output of a stage itself without a step', () => {
    expect(logLines(output('Cloning\n', 0))).toEqual(['Cloning']);
  });
});

describe('createLineJoiner', () => {
  it('puts lines together that came in pieces, each step its own', () => {
    const { next: join } = createLineJoiner();
    const pieces = [output('he', 1), output('wor', 2), output('llo\nnext', 1), output('ld\n', 2)];
    expect(pieces.flatMap(join).flatMap(logLines)).toEqual(['#1 hello', '#2 world']);
    const end = eventOf({ ...step, step: 1, status: 'completed', durationMs: 100 });
    expect(join(end).flatMap(logLines)).toEqual(['#1 next', '#1 DONE [3/5] RUN npm ci  0.1s']);
  });

  it.each<[string, BuildEventBody]>([
    ['the stage', { kind: 'stage-finished', stage: 'build', status: 'failed', detail: '', durationMs: 1 }],
    ['the build', { kind: 'build-finished', result: ended }],
  ])('keeps no half line beyond the end of %s', (_name, body) => {
    const { next: join } = createLineJoiner();
    expect(join(output('half'))).toEqual([]);
    expect(join(eventOf(body)).map((event) => event.kind)).toEqual(['log', body.kind]);
  });
});
