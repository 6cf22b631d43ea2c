import type { ErrorReport } from '../ports/result.ts';
import type { Style } from './style.ts';
import { cleanLine, oneLine, wrapWidth } from './terminal-text.ts';

/** Evidence beyond this is in the log; the beginning says most. In lines. */
const MOST_EVIDENCE = 40;
const INDENT = '  ';

/**
 * An error as a block for a terminal: message, evidence, what to type or change next, code. `columns` bounds every
 * line.
 */
export function errorBlock(error: ErrorReport, columns: number, style: Style): readonly string[] {
  const room = Math.max(8, columns - INDENT.length);
  const quoted = evidenceLines(error).flatMap((line) => wrapWidth(line, room - 2));
  const hint = error.hint === null ? [] : wrapWidth(`→ ${oneLine(error.hint)}`, room);
  return [
    '',
    ...wrapWidth(oneLine(error.message), room).map((line) => INDENT + style.bold(style.red(line))),
    ...quoted.map((line) => `${INDENT}${style.dim('│')} ${line}`),
    ...hint.map((line) => INDENT + style.cyan(line)),
    INDENT + style.dim(error.code),
    '',
  ];
}

/** An error as lines for a log: no colour, no line is broken. */
export function plainErrorLines(error: ErrorReport): readonly string[] {
  const where = error.stage === null ? '' : ` in ${error.stage}`;
  return [
    oneLine(`error ${error.code}${where}: ${error.message}`),
    ...evidenceLines(error).map((line) => `  | ${line}`),
    ...(error.hint === null ? [] : [`  → ${oneLine(error.hint)}`]),
  ];
}

/** The lines of the evidence, clean, at most `MOST_EVIDENCE`. An entry may hold several lines. */
function evidenceLines(error: ErrorReport): readonly string[] {
  const lines = error.evidence.flatMap((entry) => entry.split('\n')).map(cleanLine);
  if (lines.length <= MOST_EVIDENCE) return lines;
  return [...lines.slice(0, MOST_EVIDENCE), `(${lines.length - MOST_EVIDENCE} more lines in the log)`];
}

/** Tells whether two reports are of the same error: it comes as an event, with its rollout, and with the result. */
export function errorKey(error: ErrorReport): string {
  return JSON.stringify([error.code, error.stage, error.message]);
}
