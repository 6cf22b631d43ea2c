import type { ErrorReport } from '../ports/result.ts';
import type { Style } from './style.ts';
import { cleanLine, oneLine, wrapWidth } from './terminal-text.ts';

/** Evidence beyond this is in the log; the beginning says most. In lines. */
const MOST_EVIDENCE = 40;
const INDENT = '  ';

/**
 * An error as a block for a terminal: message, evidence, what to type or change next, code. `columns` bounds every
 * line; Infinity leaves them whole.
 */
export function errorBlock(error: ErrorReport, columns: number, style: Style): readonly string[] {
  const room = Math.max(8, columns - INDENT.length);
  const quoted = evidenceLines(error).flatMap((line) => wrapText(line, room - 2));
  const hint = error.hint === null ? [] : wrapText(`→ ${oneLine(error.hint)}`, room);
  return [
    '',
    ...wrapText(oneLine(error.message), room).map((line) => INDENT + style.bold(style.red(line))),
    ...quoted.map((line) => `${INDENT}${style.dim('│')} ${line}`),
    ...hint.map((line) => INDENT + style.cyan(line)),
    INDENT + style.dim(error.code),
    '',
  ];
}

/** The lines of the evidence, clean, at most `MOST_EVIDENCE`. An entry may hold several lines. */
export function evidenceLines(error: ErrorReport): readonly string[] {
  const lines = error.evidence.flatMap((entry) => entry.split('\n')).map(cleanLine);
  if (lines.length <= MOST_EVIDENCE) return lines;
  return [...lines.slice(0, MOST_EVIDENCE), `(${lines.length - MOST_EVIDENCE} more lines in the log)`];
}

function wrapText(text: string, columns: number): readonly string[] {
  return Number.isFinite(columns) ? wrapWidth(text, columns) : [text];
}

/** Tells whether two reports are of the same error: it comes as an event, with its rollout, and with the result. */
export function errorKey(error: ErrorReport): string {
  return JSON.stringify([error.code, error.stage, error.message]);
}
