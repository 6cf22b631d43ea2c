import type { Clock } from '../ports/clock.ts';
import type { BuildEvent } from '../ports/events.ts';

/** Where progress is written to: standard error. */
export interface ReportStream {
  write(text: string): unknown;
  /** Of a terminal, as wide as it is now; else undefined. */
  readonly columns?: number | undefined;
  /** Of a terminal, as high as it is now; else undefined. */
  readonly rows?: number | undefined;
  readonly isTTY: boolean;
}

export interface ReporterOptions {
  /** `tty`: one live line; `plain`: a line per event; `json`: the events themselves; `quiet`: errors alone. */
  readonly mode: 'tty' | 'plain' | 'json' | 'quiet';
  readonly stream: ReportStream;
  /** False also for NO_COLOR; the caller decides. */
  readonly color: boolean;
  /** Shows all output of the build in a terminal too (plain always does). */
  readonly verbose: boolean;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** The service's name before every line of `plain` and `quiet`, where several builds share the stream. */
  readonly servicePrefix?: string;
}

/** Shows a build while it runs, from its events alone. */
export interface Reporter {
  handle(event: BuildEvent): void;
  /** Shows what was held back and gives the terminal back as it was. May be called twice. */
  close(): void;
}

/** Shows several builds while they run, from their events alone. */
export interface AllReporter {
  handle(service: string, event: BuildEvent): void;
  /** May be called twice. */
  close(): void;
}
