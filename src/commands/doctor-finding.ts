import { AbortReason } from '../errors/abort-reason.ts';
import { errorReport } from '../pipeline/stage.ts';

/** Each examination is given up after 15 s. */
export const EXAMINATION_LIMIT_MS = 15_000;

/** One line of the doctor: what was looked at, how it is, and the command or change that mends it. */
export interface Finding {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'error';
  readonly detail: string;
  readonly fix: string | null;
  /** What the part itself said, a line each. */
  readonly evidence?: readonly string[];
}

/** Something to look at. What it throws becomes an error line with the error's own hint. */
export interface Examination {
  readonly name: string;
  /** Who is asked, and what finds out why there is no answer; for what takes too long. */
  readonly asks?: { readonly whom: string; readonly ifSilent: string };
  examine(signal: AbortSignal): Promise<Finding | readonly Finding[]>;
}

/** The error line of what an examination threw: the error's own words, hint and evidence. */
export function failedFinding({ name, asks }: Pick<Examination, 'name' | 'asks'>, error: unknown): Finding {
  if (isTimeLimit(error)) {
    const detail = `${asks?.whom ?? 'it'} did not answer within ${EXAMINATION_LIMIT_MS / 1000} s`;
    return { name, status: 'error', detail, fix: asks?.ifSilent ?? 'run it again: xgen-build doctor' };
  }
  const { message, hint, evidence } = errorReport(error);
  const others = evidence.filter((line) => line !== message);
  return { name, status: 'error', detail: message, fix: hint, ...(others.length === 0 ? {} : { evidence: others }) };
}

function isTimeLimit(error: unknown): boolean {
  if (error instanceof AbortReason) return error.kind === 'timeout';
  return error instanceof Error && error.name === 'TimeoutError';
}
