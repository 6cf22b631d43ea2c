import { describe, expect, it } from 'vitest';
import { lastWords, readableLines } from '../../../src/adapters/target-docker/container-log.ts';

function frame(stream: 1 | 2, text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(8);
  head.writeUInt8(stream, 0);
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}

const texts = (log: Buffer) => readableLines(log).map(({ text }) => text);

describe('the end of a container’s log', () => {
  it('is read without the frames', () => {
    const log = Buffer.concat([frame(1, 'starting\n'), frame(2, "KeyError: 'REDIS_HOST'\n")]);
    expect(readableLines(log)).toStrictEqual([
      { stream: 'stdout', text: 'starting' },
      { stream: 'stderr', text: "KeyError: 'REDIS_HOST'" },
    ]);
  });

  it('is read as it is from a container with a terminal', () => {
    expect(texts(Buffer.from('one\r\ntwo\r\n'))).toStrictEqual(['one', 'two']);
    expect(texts(Buffer.alloc(0))).toStrictEqual([]);
  });

  it('cannot paint the terminal that it is shown in', () => {
    expect(texts(frame(2, '\u001b[31mred\u001b[0m\u0007 \u0000text\n'))).toStrictEqual(['red text']);
  });

  it('is cut: twenty lines, none endless, whatever bytes', () => {
    const log = Buffer.concat([
      ...Array.from({ length: 30 }, (_, index) => frame(1, `line ${String(index)}\n`)),
      frame(1, 'x'.repeat(10_000)),
      frame(1, '\n'),
    ]);
    expect(texts(log)).toHaveLength(20);
    expect(texts(log).at(-1)).toBe(`${'x'.repeat(500)}…`);
    expect(texts(Buffer.concat([frame(1, 'ok\n'), Buffer.from([1, 0, 0, 0, 0, 0, 0, 99, 0xff])]))).toHaveLength(2);
  });

  it('has its last words on stderr where both streams ended at that moment', () => {
    const at = (stream: 'stdout' | 'stderr', text: string) => ({ stream, text });
    expect(lastWords([at('stderr', 'KeyError'), at('stdout', 'starting')])).toBe('KeyError');
    const old = [at('stderr', 'warning'), at('stdout', 'a'), at('stdout', 'b'), at('stdout', 'fatal')];
    expect(lastWords(old)).toBe('fatal');
    expect(lastWords([])).toBeNull();
  });
});
