import type { BuildEvent } from '../ports/events.ts';
import type { AttemptResult, BuildResult, ErrorReport, RolloutResult, StageStatus } from '../ports/result.ts';
import { shortDigest } from '../values/image-reference.ts';
import { durationText } from './format.ts';
import { cleanLine, fitWidth, oneLine } from './terminal-text.ts';

const STAGE_MARKS: Readonly<Record<StageStatus, string>> = { succeeded: '✔', failed: '✘', canceled: '■', skipped: '-' };

/** Output without line breaks is not held back beyond this many characters. */
const LONGEST_LINE = 64 * 1024;

/** A step's name was said whole when it began. */
const LONGEST_NAME = 80;

type LogEvent = Extract<BuildEvent, { kind: 'log' }>;
type StepEvent = Extract<BuildEvent, { kind: 'step' }>;

/** An event as plain lines, without line breaks; none for what only a live view shows. Output is `#7 ` and the line. */
export function logLines(event: BuildEvent): readonly string[] {
  switch (event.kind) {
    case 'build-started':
      return [
        `${event.service} · ${event.site} · ${event.arch} → ${event.destination}, started by ${event.startedBy}`,
      ].map(oneLine);
    case 'waiting':
      return [oneLine(`waiting for ${event.forWhom}`)];
    case 'number-drawn':
      return [`number b${String(event.number)}`];
    case 'stage-started':
      return [oneLine(`== ${event.stage}${event.detail === '' ? '' : `: ${event.detail}`}`)];
    case 'stage-progress':
      return [];
    case 'stage-finished':
      return [
        oneLine(`${STAGE_MARKS[event.status]} ${event.stage}  ${event.detail}  ${durationText(event.durationMs)}`),
      ];
    case 'step':
      return [oneLine(stepLine(event))];
    case 'log':
      return outputLines(event.text).map((line) => `${prefixOf(event)}${line}`);
    case 'warning':
      return [oneLine(`warning: ${event.message}`)];
    case 'recovering':
      return [oneLine(`! ${event.stage}: ${event.detail}`)];
    case 'attempt':
      return attemptLines(event.attempt);
    case 'rollout-finished':
      return rolloutLines(event.rollout);
    case 'error':
      return errorLines(event.error);
    case 'build-finished':
      return [oneLine(endLine(event.result))];
  }
  return [];
}

export interface LineJoiner {
  /** The events that are complete now, in order. */
  readonly next: (event: BuildEvent) => readonly BuildEvent[];
  /** What never got its line break, once there is nothing more to come. */
  readonly rest: () => readonly BuildEvent[];
}

/**
 * Output comes in pieces that end anywhere. Gives each event with whole lines only: what is left of the last line is
 * held back until its rest comes, or until its step or stage has ended.
 */
export function createLineJoiner(): LineJoiner {
  const open = new Map<string, LogEvent>();

  function joinLog(event: LogEvent): readonly BuildEvent[] {
    const key = `${event.stage}\n${String(event.step)}\n${event.stream}`;
    const text = (open.get(key)?.text ?? '') + event.text;
    const end = text.length > LONGEST_LINE ? text.length : text.lastIndexOf('\n') + 1;
    if (end === text.length) open.delete(key);
    else open.set(key, { ...event, text: text.slice(end) });
    return end === 0 ? [] : [{ ...event, text: text.slice(0, end) }];
  }

  function release(hasEnded: (log: LogEvent) => boolean): readonly BuildEvent[] {
    const released = [...open].filter(([, log]) => hasEnded(log));
    for (const [key] of released) open.delete(key);
    return released.map(([, log]) => log);
  }

  function next(event: BuildEvent): readonly BuildEvent[] {
    if (event.kind === 'log') return joinLog(event);
    if (event.kind === 'step' && event.status !== 'started')
      return [...release((log) => log.stage === event.stage && log.step === event.step), event];
    if (event.kind === 'stage-finished') return [...release((log) => log.stage === event.stage), event];
    if (event.kind === 'build-finished') return [...release(() => true), event];
    return [event];
  }

  return { next, rest: () => release(() => true) };
}

function prefixOf(event: LogEvent): string {
  return event.step === 0 ? '' : `#${String(event.step)} `;
}

/** Each line names its step, because many run at once and one that is resolved from the cache never began. */
function stepLine(event: StepEvent): string {
  const { step, name, status, durationMs } = event;
  const words = { started: '', cached: ' CACHED', completed: ' DONE', failed: ' FAILED' };
  const shown = status === 'started' || status === 'failed' ? name : fitWidth(oneLine(name), LONGEST_NAME);
  const took = durationMs === null || status === 'cached' ? '' : `  ${durationText(durationMs)}`;
  return `#${String(step)}${words[status]} ${shown}${took}`;
}

/** A try that nothing could be done about is told by its error alone. */
function attemptLines(attempt: AttemptResult): readonly string[] {
  const { stage, rule, outcome, evidence, remedy, at, durationMs } = attempt;
  if (remedy === 'none') return [];
  const what = `! ${stage}: ${outcome} at ${at} (${rule}), ${remedy}: ${evidence}`;
  return [oneLine(`${what}  ${durationText(durationMs)}`)];
}

/** What the stage's own line does not say: a status of its own, and how to go back. */
function rolloutLines({ env, status, ...rollout }: RolloutResult): readonly string[] {
  const commands = [rollout.rollbackCommand, rollout.nativeRollbackCommand].filter((command) => command !== null);
  const back = commands.map((command) => `  to go back: ${oneLine(command)}`);
  return status === 'succeeded' ? back : [oneLine(`rollout ${env}: ${status}`), ...back];
}

function errorLines(error: ErrorReport): readonly string[] {
  const where = error.stage === null ? '' : ` in ${error.stage}`;
  const evidence = error.evidence.flatMap(outputLines).map((line) => `  | ${line}`);
  const hint = error.hint === null ? [] : [`  → ${oneLine(error.hint)}`];
  return [oneLine(`error ${error.code}${where}: ${error.message}`), ...evidence, ...hint];
}

function endLine(result: BuildResult): string {
  const facts = [
    ...(result.number === null ? [] : [`b${String(result.number)}`]),
    ...(result.digest === null ? [] : [`sha256:${shortDigest(result.digest)}…`]),
    durationText(result.durationMs),
  ];
  return `${result.status}: ${facts.join(', ')}`;
}

function outputLines(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map(cleanLine);
}
