import type { BuildResult } from '../ports/result.ts';
import { outcome } from './report-headline.ts';

/** How one service of several ended, in one line: `b42 runs in dev`, `unchanged since b41, b41 runs in dev`. */
export function serviceOutcome(result: BuildResult): string {
  const { status, error, built, buildImage, reason } = result;
  if (status === 'superseded') return 'a newer build took its place';
  if (status === 'failed' || status === 'canceled') {
    const where = error?.stage == null ? '' : ` in ${error.stage}`;
    return `${status}${where}${error === null ? '' : `: ${error.message}`}`;
  }
  const isKept = !built && buildImage !== null;
  return isKept ? `${reason}, ${outcome(result)}` : outcome(result);
}
