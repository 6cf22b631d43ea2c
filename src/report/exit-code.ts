import { abortReasonOf } from '../errors/abort-reason.ts';
import { ERROR_CODES, type ExitCode } from '../errors/codes.ts';
import type { BuildResult } from '../ports/result.ts';

/** The exit code that a result stands for; `signal` tells Ctrl-C (130) from SIGTERM (143). */
export function exitCodeOf({ status, error }: Pick<BuildResult, 'status' | 'error'>, signal: AbortSignal): ExitCode {
  if (status === 'failed') return error === null ? 1 : ERROR_CODES[error.code].exit;
  if (status === 'canceled') return abortReasonOf(signal)?.signal === 'SIGTERM' ? 143 : 130;
  return EXIT_CODES[status];
}

const EXIT_CODES = { succeeded: 0, unstable: 3, superseded: 130 } as const;
