import type { BuildEvent, BuildEventBody } from '../ports/events.ts';
import type { ErrorReport, StageStatus } from '../ports/result.ts';
import { errorBlock } from './error-lines.ts';
import { ErrorOnce } from './error-once.ts';
import { LiveScreen } from './live-screen.ts';
import { isQuietStage, LiveStage } from './live-stage.ts';
import { createLineJoiner, logLines } from './log-lines.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';
import { stageLine, statusSymbol } from './stage-line.ts';
import { styleOf, type Style } from './style.ts';
import { oneLine, wrapWidth } from './terminal-text.ts';

/** The live line is drawn at most this often. */
const DRAW_EVERY_MS = 100;
const WAITING = 'waiting';

/** A line per finished stage and a live line for the running one. */
export function createTtyReporter(options: ReporterOptions): Reporter {
  return new TtyReporter(options);
}

type EventOf<Kind extends BuildEvent['kind']> = Extract<BuildEventBody, { kind: Kind }>;

class TtyReporter implements Reporter {
  readonly #options: ReporterOptions;
  readonly #style: Style;
  readonly #screen: LiveScreen;
  readonly #errors = new ErrorOnce();
  readonly #output = createLineJoiner();
  /** Errors of running stages: they are shown below the stages' lines. */
  #heldErrors: ErrorReport[] = [];
  /** Running stages in the order in which they began; some run side by side. */
  readonly #live = new Map<string, LiveStage>();
  /** Stages that have warned: they are shown also where they were short. */
  readonly #warned = new Set<string>();
  /** Failed tries of running stages: a stage that went well in the end says so itself. */
  readonly #attempts = new Map<string, readonly string[]>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#style = styleOf(options.color);
    this.#screen = new LiveScreen(options.stream);
  }

  handle(event: BuildEvent): void {
    if (event.kind !== 'waiting') this.#endWaiting(event);
    this.#heldErrors.push(...this.#errors.pick(event));
    if (this.#options.verbose) this.#printOutput(this.#output.next(event));
    this.#show(event);
    if (this.#live.size === 0) this.#printErrors();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#live.clear();
    this.#printOutput(this.#output.rest());
    this.#printErrors();
  }

  #show(event: BuildEvent): unknown {
    switch (event.kind) {
      case 'build-started':
        return this.#print(this.#header(event));
      case 'waiting':
        return this.#wait(`for ${event.forWhom}`);
      case 'stage-started':
        return this.#begin(event.stage, event.detail);
      case 'stage-progress':
      case 'recovering':
        return this.#live.get(event.stage)?.say(event.detail);
      case 'stage-finished':
        return this.#finish(event);
      case 'step':
        return this.#live.get(event.stage)?.step(event);
      case 'log':
        return this.#live.get(event.stage)?.output(event);
      case 'warning':
        return this.#warn(event.stage, `${event.stage}: ${event.message}`);
      case 'attempt':
        return this.#attempts.set(event.stage, [...(this.#attempts.get(event.stage) ?? []), ...logLines(event)]);
      case 'build-finished':
        return this.close();
      default:
        return undefined;
    }
  }

  #header(event: EventOf<'build-started'>): readonly string[] {
    const text = oneLine(`${event.service} · ${event.site} · ${event.arch} → ${event.destination}`);
    return wrapWidth(text, this.#screen.columns).map((line) =>
      line.startsWith(event.service) ? this.#style.bold(event.service) + line.slice(event.service.length) : line,
    );
  }

  #begin(name: string, detail: string): void {
    this.#live.set(name, new LiveStage(name, detail, this.#options.clock.monotonicMs()));
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => this.#print([]), DRAW_EVERY_MS);
    this.#timer.unref();
  }

  /** A build waits before its first stage, a rollout inside its own. */
  #wait(detail: string): void {
    const [running] = [...this.#live.values()].slice(-1);
    if (running === undefined) this.#begin(WAITING, detail);
    else running.say(running.name === WAITING ? detail : `waits ${detail}`);
  }

  #finish(event: { stage: string; status: StageStatus; detail: string; durationMs: number }): void {
    this.#live.delete(event.stage);
    const attempts = this.#attempts.get(event.stage) ?? [];
    this.#attempts.delete(event.stage);
    const isHealed = attempts.length > 0 && event.status === 'succeeded';
    if (!isHealed) for (const attempt of attempts) this.#warn(event.stage, attempt.replace(/^! /, ''));
    const isShort = isQuietStage(event.stage, event.durationMs);
    if (isShort && event.status === 'succeeded' && !isHealed && !this.#warned.has(event.stage)) return this.#print([]);
    const line = {
      symbol: isHealed ? this.#style.yellow('!') : statusSymbol(event.status, this.#style),
      name: event.stage,
      detail: event.detail === '' && event.status !== 'succeeded' ? event.status : event.detail,
      aside: '',
      durationMs: event.durationMs,
      columns: this.#screen.columns,
    };
    return this.#print([stageLine(line, this.#style)]);
  }

  /** The turn has come, or the build ends while it waits. */
  #endWaiting(event: BuildEvent): void {
    const waiting = this.#live.get(WAITING);
    if (waiting === undefined) return;
    const status = event.kind === 'error' || event.kind === 'build-finished' ? 'canceled' : 'succeeded';
    const durationMs = waiting.elapsedMs(this.#options.clock.monotonicMs());
    this.#finish({ stage: WAITING, status, detail: waiting.detail, durationMs });
  }

  #printOutput(events: readonly BuildEvent[]): void {
    const output = events.filter(({ kind }) => kind === 'log' || kind === 'step').flatMap(logLines);
    if (output.length > 0) this.#print(output.flatMap((line) => wrapWidth(line, this.#screen.columns)));
  }

  #warn(stage: string, message: string): void {
    this.#warned.add(stage);
    const lines = wrapWidth(oneLine(message), this.#screen.columns - 2);
    this.#print(lines.map((line, index) => `${index === 0 ? this.#style.yellow('!') : ' '} ${line}`));
  }

  #printErrors(): void {
    const held = this.#heldErrors;
    this.#heldErrors = [];
    this.#print(held.flatMap((error) => errorBlock(error, this.#screen.columns, this.#style)));
  }

  #print(lines: readonly string[]): void {
    const screen = { columns: this.#screen.columns, nowMs: this.#options.clock.monotonicMs(), style: this.#style };
    const shown = [...this.#live.values()].map((stage) => stage.line(screen)).filter((line) => line !== null);
    this.#screen.print(lines, shown.at(-1) ?? null);
  }
}
