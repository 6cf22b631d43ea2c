import type { ErrorCode } from '../errors/codes.ts';
import type { Facts } from '../errors/xgen-error.ts';
import type { DockerfileInstruction } from '../values/dockerfile-steps.ts';

/** A step that failed, as the builder told it. */
export interface BuildStep {
  /** `[builder 3/5] RUN npm ci` */
  readonly name: string;
  readonly error: string;
  /**
   * The last lines that the step itself printed. Nothing is concluded from them, since a compiler can print any words; only
   * what a step says in the form of `saidByStep` is shown first.
   */
  readonly output: readonly string[];
}

/** A build that failed. */
export interface BuildFailure {
  readonly during: 'build';
  /** The builder's own error. */
  readonly message: string;
  readonly step: BuildStep | null;
  /** Text of the Dockerfile, to find the line; empty where it is not known. */
  readonly dockerfile: string;
}

/** A push by the engine that failed. */
export interface PushFailure {
  readonly during: 'push';
  /** The engine's own error. */
  readonly message: string;
  /** `host/path:tag` */
  readonly reference: string;
  readonly host: string;
  /** Where the login came from; null where none was sent. */
  readonly loginFrom: string | null;
}

export type Failure = BuildFailure | PushFailure;

/** What a failure means, in words for the person who reads it. */
export interface Verdict {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly facts?: Facts;
}

/** What a rule found. */
export interface Found<F extends Failure = Failure> {
  readonly groups: Readonly<Record<string, string | undefined>>;
  readonly failure: F;
  readonly instruction: DockerfileInstruction | null;
}

export function stepOf(failure: Failure): BuildStep | null {
  return failure.during === 'build' ? failure.step : null;
}

/** `RUN npm ci`, without the numbers before it and not longer than a line of a terminal. */
export function stepText(failure: Failure, instruction: DockerfileInstruction | null): string {
  const text =
    instruction?.text ?? (stepOf(failure)?.name ?? 'a step').replace(/^\[[^\]]*\] /, '').replaceAll(/\s+/g, ' ');
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** ` (Dockerfile line 12)`; nothing where the line is not known. */
export function where(instruction: DockerfileInstruction | null): string {
  return instruction === null ? '' : ` (Dockerfile line ${instruction.line})`;
}

const SAID = /^xgen-build: (?<words>.*\S)/;

/**
 * What the Dockerfile itself says about the failure of its step: its last lines that begin with `xgen-build: `, first
 * what is wrong, then what to do about it. What else was printed may stand after them, since a step has two outputs
 * that are read apart. Null where it says nothing.
 */
export function saidByStep(output: readonly string[]): { readonly what: string; readonly mend: string | null } | null {
  const [from, to] = saidRange(output);
  const [what, ...mend] = output.slice(from, to).flatMap((line) => SAID.exec(line)?.groups?.['words'] ?? []);
  return what === undefined ? null : { what, mend: mend.length === 0 ? null : mend.join(' ') };
}

/** The output of a step without what it says in that form. */
export function withoutSaid(output: readonly string[]): readonly string[] {
  const [from, to] = saidRange(output);
  return [...output.slice(0, from), ...output.slice(to)];
}

function saidRange(output: readonly string[]): readonly [from: number, to: number] {
  const to = output.findLastIndex((line) => SAID.test(line)) + 1;
  const from = output.slice(0, to).findLastIndex((line) => !SAID.test(line)) + 1;
  return [from, to];
}

export function firstLine(text: string): string {
  return text.trim().split(/\r?\n/)[0] ?? '';
}

/** One line, not longer than a terminal's: a text of the builder as evidence. */
export function quotable(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
