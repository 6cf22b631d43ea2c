import { describe, expect, test } from 'vitest';
import { cleanLine, fitWidth, oneLine, padWidth, widthOf, wrapWidth } from '../../src/report/terminal-text.ts';

describe('cleanLine', () => {
  test.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]0;title\u0007text', 'text'],
    ['\u001b[2J\u001b[Htext', 'text'],
    ['\u001b(Btext\u001bc', 'text'],
    ['10%\r55%\r100%\r\n', '100%'],
    ['a\tb\u0007\u0000\u009b31m', 'a    b'],
    ['abc\u202edcb', 'abcdcb'],
    ['  kept 한국어 é', '  kept 한국어 é'],
  ])('%j is shown as %j', (raw, shown) => {
    expect(cleanLine(raw)).toBe(shown);
  });
});

test('oneLine joins lines by spaces', () => {
  expect(oneLine(' a\r\n  b\n\nc ')).toBe('a b c');
});

describe('fitWidth', () => {
  test.each([
    ['short', 10, 'short'],
    ['exactly', 7, 'exactly'],
    ['too long', 5, 'too…'],
    ['too long', 6, 'too l…'],
    ['한국어', 6, '한국어'],
    ['한국어', 5, '한국…'],
    ['한국어', 4, '한…'],
    ['text', 1, '…'],
    ['text', 0, ''],
    ['text', -3, ''],
  ])('%j in %d columns is %j', (text, columns, shown) => {
    expect(fitWidth(text, columns)).toBe(shown);
    expect(widthOf(fitWidth(text, columns))).toBeLessThanOrEqual(Math.max(0, columns));
  });
});

test('padWidth counts wide characters as two', () => {
  expect(padWidth('한국', 6)).toBe('한국  ');
  expect(padWidth('longer', 3)).toBe('longer');
});

describe('wrapWidth', () => {
  test.each([
    ['', 10, ['']],
    ['one line', 10, ['one line']],
    ['breaks between words', 12, ['breaks', 'between', 'words']],
    ['exactly ten', 7, ['exactly', 'ten']],
    ['averyveryverylongword', 8, ['averyver', 'yverylon', 'gword']],
    ['로그인 세션 만료', 7, ['로그인', '세션', '만료']],
  ])('%j in %d columns is %j', (text, columns, lines) => {
    expect(wrapWidth(text, columns)).toEqual(lines);
  });

  test('comes to an end where a character is wider than the window', () => {
    expect(wrapWidth('한국어', 1)).toEqual(['한', '국', '어']);
  });
});
