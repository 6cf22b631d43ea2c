import type { BuildEvent } from '../ports/events.ts';
import { ErrorOnce } from './error-once.ts';
import { OutputLines } from './output-lines.ts';
import { plainErrorLines, plainLines } from './plain-lines.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';
import { oneLine } from './terminal-text.ts';

/** A line per event of note, all output with the number of its step before it (`#7 `), no control sequences. */
export function createPlainReporter(options: ReporterOptions): Reporter {
  const prefix = servicePrefix(options);
  const output = new OutputLines();
  const errors = new ErrorOnce();
  const write = (lines: readonly string[]): void => {
    if (lines.length > 0) options.stream.write(lines.map((line) => `${prefix}${line}\n`).join(''));
  };
  const writeRest = (): void => {
    write(output.endAll().map(([source, line]) => `${source} ${line}`));
  };
  return {
    handle: (event) => {
      if (event.kind === 'log') {
        const source = sourceOf(event);
        write(output.add(source, event.text).map((line) => `${source} ${line}`));
        return;
      }
      if (event.kind === 'step' && event.status !== 'started') {
        const source = sourceOf(event);
        write(output.end(source).map((line) => `${source} ${line}`));
      }
      if (event.kind === 'stage-finished' || event.kind === 'build-finished') writeRest();
      const shown = plainLines(event, options.verbose).map(oneLine);
      const failures = errors.pick(event).flatMap(plainErrorLines);
      write(event.kind === 'build-finished' ? [...failures, ...shown] : [...shown, ...failures]);
    },
    close: writeRest,
  };
}

export function servicePrefix(options: Pick<ReporterOptions, 'servicePrefix'>): string {
  return options.servicePrefix === undefined ? '' : `[${options.servicePrefix}] `;
}

/** `#7`, or the stage's name for output that belongs to no step. */
function sourceOf(event: Extract<BuildEvent, { kind: 'log' | 'step' }>): string {
  return event.step === 0 ? `${event.stage}:` : `#${event.step}`;
}
