import { plainErrorLines } from './error-lines.ts';
import { ErrorOnce } from './error-once.ts';
import { lineWriter } from './plain-reporter.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';

/** Errors alone, each once. */
export function createQuietReporter(options: ReporterOptions): Reporter {
  const write = lineWriter(options);
  const errors = new ErrorOnce();
  return {
    handle: (event) => write(errors.pick(event).flatMap(plainErrorLines)),
    close: () => undefined,
  };
}
