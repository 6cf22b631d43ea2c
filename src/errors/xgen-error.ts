import { ERROR_CODES, type ErrorCode, type ExitCode } from './codes.ts';
import type { Diagnosis } from './diagnosis.ts';

/** A fact a reader of the error needs: service, site, stage, registry, exit code, … */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

export interface XgenErrorOptions {
  readonly code: ErrorCode;
  /** What happened and why, one sentence without a final full stop. */
  readonly message: string;
  /** What to type or change next; null where there is nothing better than the message. */
  readonly hint?: string | null;
  readonly facts?: Facts;
  /** Lines quoted from the part that failed (its own words, redacted by whoever prints them). */
  readonly evidence?: readonly string[];
  /** What the table of failures says of it; null where it was never looked up there. */
  readonly diagnosis?: Diagnosis | null;
  readonly cause?: unknown;
}

/** The one shape of every expected failure: a stable code, the facts, what to try, the evidence, the cause. */
export class XgenError extends Error {
  override readonly name: string = 'XgenError';
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly facts: Facts;
  readonly evidence: readonly string[];
  readonly diagnosis: Diagnosis | null;

  constructor(options: XgenErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.hint = options.hint ?? null;
    this.facts = options.facts ?? {};
    this.evidence = options.evidence ?? [];
    this.diagnosis = options.diagnosis ?? null;
  }

  get exitCode(): ExitCode {
    return ERROR_CODES[this.code].exit;
  }
}

/** The command line or the configuration is wrong: nothing was begun. */
export class UsageError extends XgenError {
  override readonly name = 'UsageError';
}
export class CredentialError extends XgenError {
  override readonly name = 'CredentialError';
}
export class CheckoutError extends XgenError {
  override readonly name = 'CheckoutError';
}
export class OverlayError extends XgenError {
  override readonly name = 'OverlayError';
}
export class EngineError extends XgenError {
  override readonly name = 'EngineError';
}
export class BuildError extends XgenError {
  override readonly name = 'BuildError';
}
export class RegistryError extends XgenError {
  override readonly name = 'RegistryError';
}
export class RolloutError extends XgenError {
  override readonly name = 'RolloutError';
}
export class StoreError extends XgenError {
  override readonly name = 'StoreError';
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
