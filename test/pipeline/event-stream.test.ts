import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/adapters/redaction/redactor.ts';
import type { BuildEvent } from '../../src/ports/events.ts';
import { createEventStream } from '../../src/pipeline/event-stream.ts';

function stream(lastSeq = 0) {
  const events: BuildEvent[] = [];
  const redactor = createRedactor();
  redactor.add('correct-horse');
  const clock = { now: () => new Date(0), monotonicMs: () => 0, sleep: () => Promise.resolve() };
  const { emit } = createEventStream({ clock, redactor, lastSeq, onEvent: (event) => events.push(event) });
  return { events, emit };
}

function log(text: string, step = 1) {
  return { kind: 'log', stage: 'build', step, stream: 'stdout', text } as const;
}

describe('createEventStream', () => {
  it('numbers events without gaps, going on after an earlier attempt', () => {
    const { events, emit } = stream(7);
    emit({ kind: 'waiting', forWhom: 'b41' });
    emit(log('hello\n'));
    expect(events.map((event) => event.seq)).toEqual([8, 9]);
    expect(events[0]?.at).toBe('1970-01-01T00:00:00.000Z');
  });

  it('redacts a secret that is split over two chunks of output', () => {
    const { events, emit } = stream();
    emit(log('token correct-'));
    emit(log('horse end\n'));
    emit({ kind: 'step', stage: 'build', step: 1, name: 'RUN x', status: 'completed', durationMs: 1 });
    const text = events.flatMap((event) => (event.kind === 'log' ? [event.text] : [])).join('');
    expect(text).toBe('token *** end\n');
  });

  it('keeps the outputs of two steps apart', () => {
    const { events, emit } = stream();
    emit(log('correct-', 1));
    emit(log('horse', 2));
    emit({ kind: 'stage-finished', stage: 'build', status: 'failed', detail: '', durationMs: 1 });
    const texts = [1, 2].map((step) =>
      events.flatMap((event) => (event.kind === 'log' && event.step === step ? [event.text] : [])).join(''),
    );
    expect(texts).toEqual(['correct-', 'horse']);
  });

  it('lets out what was held back before it says that the step ended', () => {
    const { events, emit } = stream();
    emit(log('ends with correct-'));
    emit({ kind: 'step', stage: 'build', step: 1, name: 'RUN x', status: 'failed', durationMs: 1 });
    expect(events.at(-1)?.kind).toBe('step');
    expect(events.flatMap((event) => (event.kind === 'log' ? [event.text] : [])).join('')).toBe('ends with correct-');
  });

  it('redacts every text of every other event', () => {
    const { events, emit } = stream();
    emit({ kind: 'warning', stage: 'push', message: 'login correct-horse was refused' });
    expect(JSON.stringify(events)).not.toContain('correct-horse');
  });
});
