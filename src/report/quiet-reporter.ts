import { ErrorOnce } from './error-once.ts';
import { plainErrorLines } from './plain-lines.ts';
import { servicePrefix } from './plain-reporter.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';

/** Errors alone, each once. */
export function createQuietReporter(options: ReporterOptions): Reporter {
  const prefix = servicePrefix(options);
  const errors = new ErrorOnce();
  return {
    handle: (event) => {
      const lines = errors.pick(event).flatMap(plainErrorLines);
      if (lines.length > 0) options.stream.write(lines.map((line) => `${prefix}${line}\n`).join(''));
    },
    close: () => undefined,
  };
}
