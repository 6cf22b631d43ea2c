import type { DockerfileInstruction } from '../values/dockerfile-steps.ts';
import type { ErrorCode } from './codes.ts';
import type { Facts } from './xgen-error.ts';

/** A step that failed, as the builder told it. */
export interface BuildStep {
  /** `[builder 3/5] RUN npm ci` */
  readonly name: string;
  readonly error: string;
  /** The last lines that the step itself printed. Never matched against anything: a compiler can print any words. */
  readonly output: readonly string[];
}

export interface BuildFailure {
  /** The builder's own error. */
  readonly message: string;
  readonly step: BuildStep | null;
  /** Text of the Dockerfile, to find the line; empty where it is not known. */
  readonly dockerfile: string;
}

/** What a text of the builder means. */
export interface Verdict {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly facts?: Facts;
}

/** What a row of the table found. */
export interface Found {
  readonly groups: Readonly<Record<string, string | undefined>>;
  readonly failure: BuildFailure;
  readonly instruction: DockerfileInstruction | null;
}

/** `RUN npm ci`, without the numbers before it and not longer than a line of a terminal. */
export function stepText(failure: BuildFailure, instruction: DockerfileInstruction | null): string {
  const text =
    instruction?.text ?? (failure.step?.name ?? 'a step').replace(/^\[[^\]]*\] /, '').replaceAll(/\s+/g, ' ');
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** ` (Dockerfile line 12)`; nothing where the line is not known. */
export function where(instruction: DockerfileInstruction | null): string {
  return instruction === null ? '' : ` (Dockerfile line ${instruction.line})`;
}

export function firstLine(text: string): string {
  return text.trim().split(/\r?\n/)[0] ?? '';
}
