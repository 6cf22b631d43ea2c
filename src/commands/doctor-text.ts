import { countText } from '../report/format.ts';
import { cleanLine, oneLine, padWidth, widthOf, wrapWidth } from '../report/terminal-text.ts';
import type { Finding } from './doctor-finding.ts';

const MARKS = { ok: '✔', warning: '!', error: '✘' } as const;
/** A longer name has a line of its own: the text beside it needs the room. */
const LONGEST_NAME = 22;
/** In a narrower window all names have. */
const LEAST_FOR_TWO_COLUMNS = 60;
/** More is in the JSON document. */
const MOST_EVIDENCE = 4;

/**
 * A line per finding, what was said, and what mends it below; at most `columns` wide. What is ok says nothing more. The
 * last line counts.
 */
export function doctorText(findings: readonly Finding[], columns: number): string {
  const longest = columns < LEAST_FOR_TWO_COLUMNS ? 0 : LONGEST_NAME;
  const widths = findings.map(({ name }) => widthOf(oneLine(name))).filter((width) => width <= longest);
  const nameWidth = Math.max(0, ...widths);
  const lines = findings.flatMap((finding) => findingLines(finding, { nameWidth, columns }));
  return `${[...lines, '', summary(findings)].join('\n')}\n`;
}

interface Layout {
  readonly nameWidth: number;
  readonly columns: number;
}

function findingLines(finding: Finding, { nameWidth, columns }: Layout): readonly string[] {
  const name = oneLine(finding.name);
  const mark = `${MARKS[finding.status]} `;
  const margin = ' '.repeat(nameWidth + 4);
  const body = bodyLines(finding, Math.max(8, columns - margin.length));
  if (widthOf(name) > nameWidth) {
    return [...indented(mark, name, columns), ...body.map((line) => margin + line)];
  }
  const [first = '', ...others] = body;
  return [`${mark}${padWidth(name, nameWidth)}  ${first}`, ...others.map((line) => margin + line)];
}

function bodyLines({ status, detail, fix, evidence = [] }: Finding, room: number): readonly string[] {
  const said = wrapWidth(oneLine(detail), room);
  if (status === 'ok') return said;
  return [...said, ...evidenceLines(evidence, room), ...(fix === null ? [] : indented('→ ', oneLine(fix), room))];
}

function evidenceLines(evidence: readonly string[], room: number): readonly string[] {
  const lines = evidence.flatMap((entry) => entry.split('\n')).map(cleanLine);
  const left = lines.length - MOST_EVIDENCE;
  const shown = left > 1 ? lines.slice(0, MOST_EVIDENCE) : lines;
  const more = left > 1 ? [`│ (${left} more)`] : [];
  return [...shown.flatMap((line) => wrapWidth(line, room - 2).map((part) => `│ ${part}`)), ...more];
}

/** Text behind a mark, its further lines below its own beginning. */
function indented(mark: string, text: string, room: number): readonly string[] {
  const margin = ' '.repeat(mark.length);
  return wrapWidth(text, room - mark.length).map((line, index) => (index === 0 ? mark : margin) + line);
}

/** `9 ok, 1 warning, 2 errors` */
function summary(findings: readonly Finding[]): string {
  const count = (status: Finding['status']): number => findings.filter((finding) => finding.status === status).length;
  return [`${count('ok')} ok`, countText(count('warning'), 'warning'), countText(count('error'), 'error')].join(', ');
}
