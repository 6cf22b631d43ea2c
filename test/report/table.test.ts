import { describe, expect, it } from 'vitest';
import { columnsThatFit, tableLines, type Column } from '../../src/report/table.ts';
import { widthOf } from '../../src/report/terminal-text.ts';

const columns: readonly Column[] = [
  { title: 'build', keep: 3 },
  { title: 'by', keep: 1 },
  { title: 'reason', keep: 2 },
];

describe('tableLines', () => {
  it('aligns its columns, also where letters are wide', () => {
    const rows = [
      ['b42', '지원@ci', 'source changed'],
      ['b7', 'minho@laptop', 'first\nbuild\u001b[31m'],
    ];
    expect(tableLines({ columns, rows, width: 80 })).toEqual([
      'build  by            reason',
      'b42    지원@ci       source changed',
      'b7     minho@laptop  first build',
    ]);
  });

  it.each([80, 40, 30, 20, 10, 3, 0])('is never wider than %i columns', (width) => {
    const rows = [['b42', '지원지원지원지원@ci', '한국어 한국어 한국어 한국어 한국어 한국어']];
    for (const line of tableLines({ columns, rows, width })) expect(widthOf(line)).toBeLessThanOrEqual(width);
  });
});

describe('columnsThatFit', () => {
  it.each([
    [80, [0, 1, 2]],
    [40, [0, 1, 2]],
    [33, [0, 2]],
    [20, [0]],
    [2, [0]],
  ])('chooses what counts most for %i columns', (width, expected) => {
    expect(columnsThatFit({ columns, widths: [5, 12, 60], width })).toEqual(expected);
  });
});
