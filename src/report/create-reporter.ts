import { createPlainReporter } from './plain-reporter.ts';
import { createQuietReporter } from './quiet-reporter.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';
import { createTtyReporter } from './tty-reporter.ts';

/** A reporter of the mode that was asked for. */
export function createReporter(options: ReporterOptions): Reporter {
  switch (options.mode) {
    case 'tty':
      return createTtyReporter(options);
    case 'plain':
      return createPlainReporter(options);
    case 'quiet':
      return createQuietReporter(options);
    default:
      return {
        handle: (event) => void options.stream.write(`${JSON.stringify(event)}\n`),
        close: () => undefined,
      };
  }
}
