import { plainErrorLines } from './error-lines.ts';
import { ErrorOnce } from './error-once.ts';
import { createLineJoiner, logLines } from './log-lines.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';

/** The lines of the log as they come, with errors where they happen: no control sequences, nothing is drawn over. */
export function createPlainReporter(options: ReporterOptions): Reporter {
  const write = lineWriter(options);
  const joiner = createLineJoiner();
  const errors = new ErrorOnce();
  return {
    handle: (event) => {
      const lines = joiner.next(event).flatMap((each) => (each.kind === 'error' ? [] : logLines(each)));
      const failures = errors.pick(event).flatMap(plainErrorLines);
      write(event.kind === 'build-finished' ? [...failures, ...lines] : [...lines, ...failures]);
    },
    close: () => write(joiner.rest().flatMap(logLines)),
  };
}

/** Writes lines, each with the service's name before it where one is given. */
export function lineWriter({ stream, servicePrefix }: ReporterOptions): (lines: readonly string[]) => void {
  const prefix = servicePrefix === undefined ? '' : `[${servicePrefix}] `;
  return (lines) => {
    if (lines.length > 0) stream.write(lines.map((line) => `${prefix}${line}\n`).join(''));
  };
}
