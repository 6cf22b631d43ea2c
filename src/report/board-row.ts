import type { BuildEvent } from '../ports/events.ts';
import type { BuildResult, BuildStatus } from '../ports/result.ts';
import { frameAt, LiveStage } from './live-stage.ts';
import { serviceOutcome } from './service-outcome.ts';
import { stageLine } from './stage-line.ts';
import type { Style } from './style.ts';
import { padWidth } from './terminal-text.ts';

export interface RowScreen {
  readonly nameWidth: number;
  readonly columns: number;
  readonly nowMs: number;
  readonly style: Style;
}

/** One service on the board: waiting, running, or how it ended. */
export class BoardRow {
  readonly service: string;
  /** Running stages in the order in which they began. */
  readonly #stages = new Map<string, LiveStage>();
  #startedMs: number | null = null;
  #waitsFor: string | null = null;
  #last = '';
  #result: BuildResult | null = null;

  constructor(service: string) {
    this.service = service;
  }

  get state(): 'waiting' | 'running' | 'ended' {
    if (this.#result !== null) return 'ended';
    return this.#startedMs === null ? 'waiting' : 'running';
  }

  get status(): BuildStatus | null {
    return this.#result?.status ?? null;
  }

  take(event: BuildEvent, nowMs: number): void {
    this.#startedMs ??= nowMs;
    if (event.kind !== 'waiting') this.#waitsFor = null;
    switch (event.kind) {
      case 'waiting':
        this.#waitsFor = event.forWhom;
        break;
      case 'stage-started':
        this.#stages.set(event.stage, new LiveStage(event.stage, event.detail, nowMs));
        break;
      case 'stage-progress':
        this.#stages.get(event.stage)?.say(event.detail);
        break;
      case 'stage-finished':
        this.#stages.delete(event.stage);
        this.#last = event.stage;
        break;
      case 'step':
        this.#stages.get(event.stage)?.step(event);
        break;
      case 'log':
        this.#stages.get(event.stage)?.output(event);
        break;
      case 'build-finished':
        this.#result = event.result;
        break;
      default:
        break;
    }
  }

  /** One line, never wider than the screen. */
  line(screen: RowScreen): string {
    const name = padWidth(this.service, screen.nameWidth);
    const shown = { name, columns: screen.columns, aside: '' };
    const result = this.#result;
    if (result !== null) {
      const detail = serviceOutcome(result);
      return stageLine(
        { ...shown, symbol: symbolOf(result.status, screen.style), detail, durationMs: result.durationMs },
        screen.style,
      );
    }
    if (this.#startedMs === null) {
      return stageLine({ ...shown, symbol: screen.style.dim('·'), detail: 'waits', durationMs: null }, screen.style);
    }
    const durationMs = screen.nowMs - this.#startedMs;
    const symbol = screen.style.cyan(frameAt(durationMs));
    return stageLine({ ...shown, symbol, ...this.#now(), durationMs }, screen.style);
  }

  #now(): { detail: string; aside: string } {
    if (this.#waitsFor !== null) return { detail: `waits for ${this.#waitsFor}`, aside: '' };
    const stage = [...this.#stages.values()].at(-1);
    if (stage === undefined) return { detail: this.#last, aside: '' };
    const { detail, aside } = stage.now();
    return { detail: detail === '' ? stage.name : `${stage.name}  ${detail}`, aside };
  }
}

/** The symbol of a service that ended. Symbols take one column. */
export function symbolOf(status: BuildStatus, style: Style): string {
  const symbols: Readonly<Record<BuildStatus, string>> = {
    succeeded: style.green('✔'),
    unstable: style.yellow('!'),
    failed: style.red('✘'),
    canceled: style.yellow('■'),
    superseded: style.dim('-'),
  };
  return symbols[status];
}
