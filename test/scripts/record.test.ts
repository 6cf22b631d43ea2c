import { describe, expect, it, test } from 'vitest';
import { shownAt, svgOf } from '../../scripts/record/svg.ts';
import { Terminal } from '../../scripts/record/terminal.ts';

function textsOf(terminal: Terminal): string[] {
  return terminal.lines().map(({ spans }) => spans.map(({ text }) => text).join(''));
}

describe('the terminal of a recording', () => {
  it('keeps of a live line what it was at the end', () => {
    const terminal = new Terminal();
    terminal.write('first\r\n', 0);
    terminal.write('\u001b[?25l⠋ build', 1);
    terminal.write('\r\u001b[J✔ build\r\n⠋ push', 2);
    terminal.write('\r\u001b[J\u001b[?25h✔ push\r\n', 3);
    expect(textsOf(terminal)).toEqual(['first', '✔ build', '✔ push']);
    expect(terminal.lines().map(({ at }) => at)).toEqual([0, 2, 3]);
  });

  it('draws over several lines', () => {
    const terminal = new Terminal();
    terminal.write('one\r\ntwo\r\nthree', 0);
    terminal.write('\r\u001b[2A\u001b[Jdone\r\n', 1);
    expect(textsOf(terminal)).toEqual(['done']);
  });

  it('knows how text stands out', () => {
    const terminal = new Terminal();
    terminal.write('\u001b[32m✔\u001b[39m \u001b[1m\u001b[31mbad\u001b[39m\u001b[22m plain', 0);
    expect(terminal.lines()[0]?.spans).toEqual([
      { text: '✔', styles: ['green'] },
      { text: ' ', styles: [] },
      { text: 'bad', styles: ['bold', 'red'] },
      { text: ' plain', styles: [] },
    ]);
  });
});

test('pauses are cut short, and lines keep their order of time', () => {
  expect(shownAt([0, 30, 30.5, 0.5])).toEqual([0, 1.7, 2.2, 0.5]);
});

test('the picture holds the text, escaped', () => {
  const svg = svgOf([{ spans: [{ text: '<a> & "b"', styles: ['red'] }], at: 0 }], { title: 't', columns: 20 });
  expect(svg).toContain('<tspan class="red">&lt;a&gt; &amp; &quot;b&quot;</tspan>');
  expect(svg).toMatch(/^<svg [^>]*width="201" height="64"/);
});
