import { describe, expect, test } from 'vitest';
import type { StatusResponse, Vertex } from '../../../src/adapters/buildkit/messages.ts';
import { ProgressReader } from '../../../src/adapters/buildkit/progress.ts';
import type { BuildProgress } from '../../../src/ports/builder.ts';

const NOTHING: StatusResponse = { vertexes: [], statuses: [], logs: [], warnings: [] };

function vertex(digest: string, changes: Partial<Vertex> = {}): Vertex {
  return { digest, name: `[1/2] RUN ${digest}`, cached: false, started: null, completed: null, error: '', ...changes };
}

function at(seconds: number) {
  return { seconds, nanos: 0 };
}

function reader() {
  const told: BuildProgress[] = [];
  const progress = new ProgressReader((one) => told.push(one));
  const read = (status: Partial<StatusResponse>): void => progress.read({ ...NOTHING, ...status });
  const log = (digest: string, bytes: Uint8Array, stream = 1): void =>
    read({ logs: [{ vertex: digest, stream, msg: bytes }] });
  return { told, progress, read, log };
}

describe('steps', () => {
  test('are told once per change, with the time that they took', () => {
    const { told, read } = reader();
    read({ vertexes: [vertex('a')] });
    read({ vertexes: [vertex('a', { started: at(10) })] });
    read({ vertexes: [vertex('a', { started: at(10) })] });
    read({ vertexes: [vertex('a', { started: at(10), completed: { seconds: 12, nanos: 500_000_000 } })] });
    expect(told).toEqual([
      { kind: 'step', id: 'a', name: '[1/2] RUN a', status: 'started', durationMs: null, error: null },
      { kind: 'step', id: 'a', name: '[1/2] RUN a', status: 'completed', durationMs: 2500, error: null },
    ]);
  });

  test('from the cache are told as cached, and counted', () => {
    const { told, progress, read } = reader();
    read({
      vertexes: [vertex('a', { cached: true, started: at(1), completed: at(1) }), vertex('b', { started: at(1) })],
    });
    read({ vertexes: [vertex('c', { name: 'exporting to image', started: at(2) })] });
    expect(told.map((one) => (one.kind === 'step' ? one.status : ''))).toEqual(['cached', 'started', 'started']);
    expect(progress.counts()).toEqual({ total: 2, cached: 1 });
  });

  test("that are the builder's own errands are not told", () => {
    const { told, read } = reader();
    read({ vertexes: [vertex('a', { name: '[internal] load build context', started: at(1) })] });
    expect(told).toEqual([]);
  });

  test('that failed are told from those that were stopped with them', () => {
    const { progress, read, log } = reader();
    log('bad', Buffer.from('boom\n'));
    read({
      vertexes: [vertex('stopped', { error: 'context canceled' }), vertex('bad', { error: 'x: exit code: 1' })],
    });
    expect(progress.failedStep('failed to solve: x: exit code: 1')).toEqual({
      name: '[1/2] RUN bad',
      error: 'x: exit code: 1',
      output: ['boom'],
    });
    expect(progress.failedStep('something else')?.name).toBe('[1/2] RUN bad');
  });
});

describe('output', () => {
  test('of a character that is cut in two arrives whole, per step and stream', () => {
    const { told, progress, log } = reader();
    const [first, second] = [Buffer.from([0xe2, 0x82]), Buffer.from([0xac])];
    log('a', first);
    log('a', Buffer.from('error'), 2);
    log('b', Buffer.from('other'));
    log('a', second);
    log('a', first);
    progress.end();
    expect(told).toEqual([
      { kind: 'log', id: 'a', stream: 'stderr', text: 'error' },
      { kind: 'log', id: 'b', stream: 'stdout', text: 'other' },
      { kind: 'log', id: 'a', stream: 'stdout', text: '€' },
      { kind: 'log', id: 'a', stream: 'stdout', text: '\uFFFD' },
    ]);
  });

  test('that failed leaves its last twenty lines, of progress bars the last drawing, of long lines the beginning', () => {
    const { progress, read, log } = reader();
    for (let line = 1; line <= 30; line += 1) log('a', Buffer.from(`line ${line}\n\n`));
    log('a', Buffer.from('10 %\r50 %\r100 %\r\n'));
    log('a', Buffer.from('x'.repeat(5_000)));
    read({ vertexes: [vertex('a', { error: 'e' })] });
    const output = progress.failedStep('e')?.output ?? [];
    expect(output).toHaveLength(20);
    expect(output[0]).toBe('line 13');
    expect(output.at(-2)).toBe('100 %');
    expect(output.at(-1)).toBe('x'.repeat(2_000));
  });

  test('that the engine cuts is said once', () => {
    const { told, log } = reader();
    log('a', Buffer.from('[output clipped, log limit 100KiB/s reached]\n'));
    log('a', Buffer.from('[output clipped, log limit 1MiB reached]\n'));
    expect(told.filter(({ kind }) => kind === 'warning')).toHaveLength(1);
  });
});

test('bytes of the context and of layers are summed up', () => {
  const { told, read } = reader();
  read({
    vertexes: [
      vertex('c', { name: '[internal] load build context' }),
      vertex('f', { name: '[1/2] FROM r/x:1@sha256:ab' }),
    ],
    statuses: [
      { id: 'transferring context:', vertex: 'c', name: 'transferring', current: 5, total: 0 },
      { id: 'sha256:1', vertex: 'f', name: 'downloading', current: 10, total: 100 },
      { id: 'sha256:2', vertex: 'f', name: 'downloading', current: 1, total: 50 },
      { id: 'sha256:1', vertex: 'f', name: 'extracting', current: 1, total: 1 },
    ],
  });
  expect(told).toEqual([
    { kind: 'transfer', what: 'build context', doneBytes: 5, totalBytes: null },
    { kind: 'transfer', what: 'base image r/x:1', doneBytes: 10, totalBytes: 100 },
    { kind: 'transfer', what: 'base image r/x:1', doneBytes: 11, totalBytes: 150 },
  ]);
});
