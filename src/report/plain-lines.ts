import type { BuildEvent } from '../ports/events.ts';
import type { ErrorReport } from '../ports/result.ts';
import { durationText } from './format.ts';
import { evidenceLines } from './error-lines.ts';
import { oneLine } from './terminal-text.ts';

/**
 * An event as lines for a log that nobody watches: words instead of symbols, since a CI console may not know them.
 * Output and errors are not among them; what stages do in between is only with `verbose`.
 */
export function plainLines(event: BuildEvent, verbose: boolean): readonly string[] {
  switch (event.kind) {
    case 'build-started':
      return [
        `${event.service}, site ${event.site}, ${event.arch}, to ${event.destination}, started by ${event.startedBy}`,
      ];
    case 'waiting':
      return [`waiting for ${event.forWhom}`];
    case 'number-drawn':
      return [`this is b${event.number}`];
    case 'stage-started':
      return [`${event.stage} started${suffix(event.detail)}`];
    case 'stage-progress':
      return verbose ? [`${event.stage}${suffix(event.detail)}`] : [];
    case 'stage-finished':
      return [`${event.stage} ${event.status} in ${durationText(event.durationMs)}${suffix(event.detail)}`];
    case 'step':
      return [stepLine(event)];
    case 'warning':
      return [`warning in ${event.stage}: ${event.message}`];
    case 'attempt':
      return [`${event.stage}: ${attemptText(event.attempt)}`];
    case 'build-finished':
      return [`build ${event.result.status} in ${durationText(event.result.durationMs)}`];
    default:
      return [];
  }
}

export function attemptText(attempt: { outcome: string; evidence: string; remedy: string }): string {
  const remedy = attempt.remedy === '' ? '' : `, so ${attempt.remedy}`;
  return `${attempt.outcome}: ${attempt.evidence}${remedy}`;
}

function suffix(detail: string): string {
  return detail === '' ? '' : `: ${detail}`;
}

/** `#7 [builder 3/5] RUN npm ci`, later `#7 done 1.2s`. */
export function stepLine(event: Extract<BuildEvent, { kind: 'step' }>): string {
  const duration = event.durationMs === null ? '' : ` ${durationText(event.durationMs)}`;
  switch (event.status) {
    case 'started':
      return `#${event.step} ${event.name}`;
    case 'completed':
      return `#${event.step} done${duration}`;
    case 'cached':
      return `#${event.step} cached ${event.name}`;
    default:
      return `#${event.step} failed${duration} ${event.name}`;
  }
}

/** An error as lines without colour. */
export function plainErrorLines(error: ErrorReport): readonly string[] {
  const where = error.stage === null ? '' : ` in ${error.stage}`;
  return [
    `error ${error.code}${where}: ${oneLine(error.message)}`,
    ...evidenceLines(error).map((line) => `  | ${line}`),
    ...(error.hint === null ? [] : [`  hint: ${oneLine(error.hint)}`]),
  ];
}
