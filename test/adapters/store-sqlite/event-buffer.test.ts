import { describe, expect, it } from 'vitest';
import { createEventBuffer } from '../../../src/adapters/store-sqlite/event-buffer.ts';
import { event, output } from './fixture.ts';

describe('createEventBuffer', () => {
  it('keeps everything while it can be written', () => {
    const buffer = createEventBuffer(10);
    for (let seq = 1; seq <= 5; seq += 1) buffer.add(output(seq, 'x'.repeat(50)), false);
    expect(buffer.take().trim().split('\n')).toHaveLength(5);
    expect(buffer.characters).toBe(0);
    expect(buffer.take()).toBe('');
  });

  it('leaves out output beyond its bound while the disk is full, and says so in its place', () => {
    const buffer = createEventBuffer(10);
    buffer.add(output(1, 'kept'), true);
    for (const seq of [2, 3, 4]) buffer.add(output(seq, 'left out'), true);
    buffer.add(event(5, { kind: 'number-drawn', number: 42 }), true);
    buffer.add(output(6, 'left out'), true);
    const lines = buffer.take().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { kind: 'log', seq: 1 },
      { kind: 'warning', seq: 4, message: '3 pieces of output are missing here: the disk of the state was full' },
      { kind: 'number-drawn', seq: 5 },
      { kind: 'warning', seq: 6, message: '1 piece of output is missing here: the disk of the state was full' },
    ]);
  });
});
