import { abortReasonOf } from '../errors/abort-reason.ts';
import { ERROR_CODES, type ExitCode } from '../errors/codes.ts';
import type { BuildResult } from '../ports/result.ts';

/** The exit code that a result stands for; `signal` tells Ctrl-C (130) from SIGTERM (143). */
export function exitCodeOf(result: Pick<BuildResult, 'status' | 'error'>, signal: AbortSignal): ExitCode {
  switch (result.status) {
    case 'succeeded':
      return 0;
    case 'unstable':
      return 3;
    case 'superseded':
      return 130;
    case 'canceled':
      return abortReasonOf(signal)?.signal === 'SIGTERM' ? 143 : 130;
    case 'failed':
      return result.error === null ? 1 : ERROR_CODES[result.error.code].exit;
  }
}
