import { describe, expect, test } from 'vitest';
import { stageLine, statusSymbol, type StageLine } from '../../src/report/stage-line.ts';
import { styleOf } from '../../src/report/style.ts';
import { widthOf } from '../../src/report/terminal-text.ts';

const plain = styleOf(false);

function line(changes: Partial<StageLine>): string {
  const base = { symbol: '✔', name: 'checkout', detail: 'done', aside: '', durationMs: 210, columns: 80 };
  return stageLine({ ...base, ...changes }, plain);
}

describe('stageLine', () => {
  test.each([
    ['in a narrow window', { columns: 40 }, '✔ checkout done                     0.2s'],
    [
      'with a cut detail',
      { columns: 40, detail: '5d6e7f8 Fix session timeout' },
      '✔ checkout 5d6e7f8 Fix session tim… 0.2s',
    ],
    [
      'with a Korean subject',
      { columns: 40, detail: '로그인 세션 만료 시간 수정' },
      '✔ checkout 로그인 세션 만료 시간…   0.2s',
    ],
    ['without room for a detail', { columns: 20, name: 'rollout dev' }, '✔ rollout dev   0.2s'],
    ['without room for the name', { columns: 12, name: 'rollout dev' }, '✔ roll… 0.2s'],
    ['with output beside the detail', { columns: 40, aside: 'added 1' }, '✔ checkout done · added 1           0.2s'],
    ['without a duration', { columns: 40, durationMs: null }, '✔ checkout done'],
    [
      'of a detail with control characters',
      { columns: 40, detail: 'a\n\u001b[31mb' },
      '✔ checkout a b                      0.2s',
    ],
  ])('%s', (_, changes, shown) => {
    expect(line(changes)).toBe(shown);
  });

  test('aligns details by name and durations at the right, but not beyond column 100', () => {
    expect(line({ name: 'push' })).toBe(`✔ push         done${' '.repeat(56)} 0.2s`);
    expect(line({ columns: 200 })).toHaveLength(100);
    expect(line({ columns: 200, detail: 'x'.repeat(120) })).toBe(`✔ checkout     ${'x'.repeat(120)} 0.2s`);
  });

  test('is never wider than the window, whatever it holds', () => {
    for (const columns of [4, 5, 8, 10, 13, 17, 20, 21, 39, 40, 59, 60, 61, 80, 99, 100, 101, 130])
      for (const detail of ['', 'ok', '한국어 커밋 메시지 '.repeat(12), 'x'.repeat(200)])
        for (const name of ['push', 'rollout staging', '한국'])
          for (const aside of ['', 'last line of output'])
            for (const durationMs of [null, 210, 125_000]) {
              const width = widthOf(line({ columns, detail, name, aside, durationMs }));
              expect(width).toBeLessThanOrEqual(Math.max(columns, 10));
            }
  });

  test('has the same width with colour', () => {
    const base = { symbol: '✔', name: 'push', detail: 'a', aside: 'b', durationMs: 1, columns: 50 };
    const colored = stageLine({ ...base, symbol: statusSymbol('succeeded', styleOf(true)) }, styleOf(true));
    expect(colored).toContain('\u001b[32m✔');
    expect(widthOf(colored)).toBe(widthOf(stageLine(base, plain)));
  });
});
