import type { ScreenLine } from './terminal.ts';

const FONT_SIZE = 14;
const LINE_HEIGHT = 20;
/** Of the fonts below, at that size. */
const CHARACTER_WIDTH = 8.43;
const MARGIN = 16;
const TITLE_HEIGHT = 28;
/** Waiting is shown, but nobody watches it for longer. */
const LONGEST_PAUSE_S = 1.2;

const COLORS: Readonly<Record<string, string>> = {
  red: '#f47067',
  green: '#57ab5a',
  yellow: '#c69026',
  cyan: '#39c5cf',
};

/** A picture of the screen in which each line appears when it did, pauses cut short. It ends as the screen ended. */
export function svgOf(lines: readonly ScreenLine[], { title, columns }: { title: string; columns: number }): string {
  const width = Math.ceil(columns * CHARACTER_WIDTH + 2 * MARGIN);
  const height = TITLE_HEIGHT + lines.length * LINE_HEIGHT + MARGIN;
  const times = shownAt(lines.map(({ at }) => at));
  const rows = lines.map((line, index) =>
    textOf(line, { y: TITLE_HEIGHT + (index + 1) * LINE_HEIGHT, at: times[index] ?? 0 }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">
<style>
text { font: ${FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #cdd9e5; white-space: pre; animation: appear 0.01s both; }
${Object.entries(COLORS)
  .map(([name, color]) => `.${name} { fill: ${color}; }`)
  .join('\n')}
.bold { font-weight: bold; }
.dim { fill: #8b98a5; }
@keyframes appear { from { opacity: 0; } }
</style>
<rect width="${width}" height="${height}" rx="8" fill="#1c2128"/>
<text x="${MARGIN}" y="20" class="dim">${escape(title)}</text>
${rows.join('\n')}
</svg>
`;
}

/** In the order of time, with pauses of at most so long. */
export function shownAt(times: readonly number[]): readonly number[] {
  const sorted = [...new Set(times)].sort((a, b) => a - b);
  const shown = new Map<number, number>();
  let at = 0;
  for (const [index, time] of sorted.entries()) {
    at += Math.min(LONGEST_PAUSE_S, time - (sorted[index - 1] ?? time));
    shown.set(time, at);
  }
  return times.map((time) => shown.get(time) ?? 0);
}

function textOf({ spans }: ScreenLine, { y, at }: { y: number; at: number }): string {
  const parts = spans.map(({ text, styles }) =>
    styles.length === 0 ? escape(text) : `<tspan class="${styles.join(' ')}">${escape(text)}</tspan>`,
  );
  return `<text x="${MARGIN}" y="${y}" xml:space="preserve" style="animation-delay:${at.toFixed(2)}s">${parts.join('')}</text>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
