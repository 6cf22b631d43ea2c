import { createBoard } from './board.ts';
import { createReporter } from './create-reporter.ts';
import type { AllReporter, Reporter, ReporterOptions } from './reporter.ts';

/**
 * A board in a terminal; elsewhere the lines of each build with its name before them, and as JSON the events, each with
 * its service. `--verbose` in a terminal means lines too: a board has no room for all output.
 */
export function createAllReporter(options: ReporterOptions & { readonly services: readonly string[] }): AllReporter {
  const { mode, stream, services } = options;
  if (mode === 'tty' && !options.verbose) return createBoard(options);
  if (mode === 'json') {
    return {
      handle: (service, event) => void stream.write(`${JSON.stringify({ service, ...event })}\n`),
      close: () => undefined,
    };
  }
  const nameWidth = Math.max(...services.map((service) => service.length));
  const reporters = new Map<string, Reporter>();
  const reporterOf = (service: string): Reporter => {
    const known = reporters.get(service);
    if (known !== undefined) return known;
    const servicePrefix = service.padEnd(nameWidth);
    const made = createReporter({ ...options, mode: mode === 'quiet' ? 'quiet' : 'plain', servicePrefix });
    reporters.set(service, made);
    return made;
  };
  return {
    handle: (service, event) => reporterOf(service).handle(event),
    close: () => {
      for (const reporter of reporters.values()) reporter.close();
    },
  };
}
