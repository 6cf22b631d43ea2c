import { abortReasonOf } from '../errors/abort-reason.ts';
import { ERROR_CODES, type ExitCode } from '../errors/codes.ts';
import type { BuildAllResult, BuildResult } from '../ports/result.ts';

/** The exit code that a result stands for; `signal` tells Ctrl-C (130) from SIGTERM (143). */
export function exitCodeOf({ status, error }: Pick<BuildResult, 'status' | 'error'>, signal: AbortSignal): ExitCode {
  if (status === 'failed') return error === null ? 1 : ERROR_CODES[error.code].exit;
  if (status === 'canceled') return abortReasonOf(signal)?.signal === 'SIGTERM' ? 143 : 130;
  return EXIT_CODES[status];
}

/** The exit code of build-all: 3 where some did not go well, 1 where all failed. */
export function exitCodeOfAll({ status }: Pick<BuildAllResult, 'status'>, signal: AbortSignal): ExitCode {
  if (status === 'canceled') return abortReasonOf(signal)?.signal === 'SIGTERM' ? 143 : 130;
  return { succeeded: 0, unstable: 3, failed: 1 }[status] as ExitCode;
}

const EXIT_CODES = { succeeded: 0, unstable: 3, superseded: 130 } as const;
