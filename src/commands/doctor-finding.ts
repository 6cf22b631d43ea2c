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
  examine(signal: AbortSignal): Promise<Finding | readonly Finding[]>;
}

/** The error line of what an examination threw: the error's own words, hint and evidence. */
export function failedFinding(name: string, error: unknown): Finding {
  if (isTimeLimit(error)) {
    const fix = 'run it again; if it stays so, look at the network, VPN and proxy on the way there';
    return { name, status: 'error', detail: `no answer within ${EXAMINATION_LIMIT_MS / 1000} s`, fix };
  }
  const { message, hint, evidence } = errorReport(error);
  const others = evidence.filter((line) => line !== message);
  return { name, status: 'error', detail: message, fix: hint, ...(others.length === 0 ? {} : { evidence: others }) };
}

function isTimeLimit(error: unknown): boolean {
  if (error instanceof AbortReason) return error.kind === 'timeout';
  return error instanceof Error && error.name === 'TimeoutError';
}
