import type { ExitCode } from '../errors/codes.ts';

/** What a command ends with. Only the entry prints it and ends the process. */
export interface CommandOutcome {
  readonly exitCode: ExitCode;
  /** For standard output with `--output text`; ends with a line break unless empty. */
  readonly text: string;
  /** For standard output with `--output json`: one document. */
  readonly json: unknown;
}
