import type { BuildEvent } from '../ports/events.ts';
import type { ErrorReport, StageStatus } from '../ports/result.ts';
import { errorBlock } from './error-lines.ts';
import { ErrorOnce } from './error-once.ts';
import { LiveScreen } from './live-screen.ts';
import { isQuietStage, LiveStage } from './live-stage.ts';
import { OutputLines } from './output-lines.ts';
import { attemptText, stepLine } from './plain-lines.ts';
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

class TtyReporter implements Reporter {
  readonly #options: ReporterOptions;
  readonly #style: Style;
  readonly #screen: LiveScreen;
  readonly #errors = new ErrorOnce();
  readonly #output = new OutputLines();
  /** Errors of the running stage: they are shown below its line. */
  #heldErrors: ErrorReport[] = [];
  #live: LiveStage | null = null;
  /** Stages that have warned: they are shown also where they were short. */
  readonly #warned = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#style = styleOf(options.color);
    this.#screen = new LiveScreen(options.stream);
  }

  handle(event: BuildEvent): void {
    if (event.kind !== 'waiting') this.#endWaiting(event);
    this.#heldErrors.push(...this.#errors.pick(event));
    this.#show(event);
    if (this.#live === null) this.#printErrors();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#live = null;
    this.#print(this.#output.endAll().flatMap(([source, line]) => this.#outputLine(source, line)));
    this.#printErrors();
  }

  #show(event: BuildEvent): void {
    switch (event.kind) {
      case 'build-started':
        return this.#print(this.#header(event));
      case 'waiting':
        if (this.#live?.name === WAITING) return this.#live.say(`for ${event.forWhom}`);
        return this.#begin(WAITING, `for ${event.forWhom}`);
      case 'stage-started':
        return this.#begin(event.stage, event.detail);
      case 'stage-progress':
        return this.#live?.say(event.detail);
      case 'stage-finished':
        return this.#finish(event);
      case 'step':
        this.#live?.step(event);
        if (this.#options.verbose) this.#print(this.#wrapped(stepLine(event)));
        return undefined;
      case 'log':
        return this.#log(event);
      case 'warning':
        return this.#warn(event.stage, event.message);
      case 'attempt':
        return this.#warn(event.stage, attemptText(event.attempt));
      case 'build-finished':
        return this.close();
      case 'number-drawn':
      case 'rollout-finished':
      case 'error':
        return undefined;
    }
  }

  #header(event: Extract<BuildEvent, { kind: 'build-started' }>): readonly string[] {
    const text = oneLine(`${event.service} · ${event.site} · ${event.arch} → ${event.destination}`);
    return wrapWidth(text, this.#screen.columns).map((line) =>
      line.startsWith(event.service) ? this.#style.bold(event.service) + line.slice(event.service.length) : line,
    );
  }

  #begin(name: string, detail: string): void {
    this.#live = new LiveStage(name, detail, this.#options.clock.monotonicMs());
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => this.#print([]), DRAW_EVERY_MS);
    this.#timer.unref();
  }

  #finish(event: { stage: string; status: StageStatus; detail: string; durationMs: number }): void {
    if (this.#live?.name === event.stage) this.#live = null;
    const rest = this.#output.endAll().flatMap(([source, line]) => this.#outputLine(source, line));
    const isHidden =
      event.status === 'succeeded' && !this.#warned.has(event.stage) && isQuietStage(event.stage, event.durationMs);
    const line = stageLine(
      {
        symbol: statusSymbol(event.status, this.#style),
        name: event.stage,
        detail: event.detail === '' && event.status !== 'succeeded' ? event.status : event.detail,
        aside: '',
        durationMs: event.durationMs,
        columns: this.#screen.columns,
      },
      this.#style,
    );
    this.#print(isHidden ? rest : [...rest, line]);
  }

  /** The turn has come, or the build ends while it waits. */
  #endWaiting(event: BuildEvent): void {
    if (this.#live?.name !== WAITING || event.kind === 'log') return;
    const isOver = event.kind === 'error' || event.kind === 'build-finished';
    const durationMs = this.#live.elapsedMs(this.#options.clock.monotonicMs());
    this.#finish({ stage: WAITING, status: isOver ? 'canceled' : 'succeeded', detail: this.#live.detail, durationMs });
  }

  #log(event: Extract<BuildEvent, { kind: 'log' }>): void {
    this.#live?.output(event);
    if (!this.#options.verbose) return;
    const source = event.step === 0 ? event.stage : `#${event.step}`;
    this.#print(this.#output.add(source, event.text).flatMap((line) => this.#outputLine(source, line)));
  }

  #outputLine(source: string, line: string): readonly string[] {
    const room = this.#screen.columns - source.length - 1;
    return wrapWidth(line, room).map((part) => `${this.#style.dim(source)} ${part}`);
  }

  #wrapped(text: string): readonly string[] {
    return wrapWidth(oneLine(text), this.#screen.columns).map((line) => this.#style.dim(line));
  }

  #warn(stage: string, message: string): void {
    this.#warned.add(stage);
    const lines = wrapWidth(`${stage}: ${oneLine(message)}`, this.#screen.columns - 2);
    this.#print(lines.map((line, index) => `${index === 0 ? this.#style.yellow('!') : ' '} ${line}`));
  }

  #printErrors(): void {
    const held = this.#heldErrors;
    this.#heldErrors = [];
    this.#print(held.flatMap((error) => errorBlock(error, this.#screen.columns, this.#style)));
  }

  #print(lines: readonly string[]): void {
    const { columns } = this.#screen;
    const nowMs = this.#options.clock.monotonicMs();
    this.#screen.print(lines, this.#live?.line({ columns, nowMs, style: this.#style }) ?? null);
  }
}
