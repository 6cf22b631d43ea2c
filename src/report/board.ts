import type { Clock } from '../ports/clock.ts';
import type { BuildEvent } from '../ports/events.ts';
import { BoardRow } from './board-row.ts';
import { BoardScreen } from './board-screen.ts';
import { errorBlock } from './error-lines.ts';
import { ErrorOnce } from './error-once.ts';
import { countText } from './format.ts';
import type { AllReporter, ReportStream } from './reporter.ts';
import { styleOf, type Style } from './style.ts';
import { oneLine, widthOf, wrapWidth } from './terminal-text.ts';

/** The board is drawn at most this often. */
const DRAW_EVERY_MS = 100;
/** `^C`, and one for terminals that break a line when its last column is written. */
const FREE_COLUMNS = 3;

export interface BoardOptions {
  readonly services: readonly string[];
  readonly stream: ReportStream;
  readonly color: boolean;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/**
 * A line per service that says what it is at; at the end how each ended, and below that what failed and why. More
 * services than the window has lines: those that run, and how many others there are.
 */
export function createBoard(options: BoardOptions): AllReporter {
  const { services, stream, color, clock } = options;
  const style = styleOf(color);
  const screen = new BoardScreen(stream);
  const rows = new Map(services.map((service) => [service, new BoardRow(service)]));
  const said = new Set<string>();
  const below = new Map(services.map((service) => [service, new Notes(style, said)]));
  const nameWidth = Math.max(...services.map(widthOf)) + 1;
  let timer: NodeJS.Timeout | null = null;

  function lineOf(row: BoardRow, free: number): string {
    return row.line({ nameWidth, columns: screen.columns - free, nowMs: clock.monotonicMs(), style });
  }

  function draw(): void {
    screen.draw(liveLines([...rows.values()], { room: screen.rows - 2, lineOf: (row) => lineOf(row, FREE_COLUMNS) }));
  }

  return {
    handle(service, event) {
      rows.get(service)?.take(event, clock.monotonicMs());
      below.get(service)?.take(event);
      if (timer !== null) return;
      timer = setInterval(draw, DRAW_EVERY_MS);
      timer.unref();
      draw();
    },
    close() {
      if (timer === null) return;
      clearInterval(timer);
      timer = null;
      const shown = [...rows.values()].map((row) => lineOf(row, 0));
      screen.end([
        ...shown,
        ...services.flatMap((service) => below.get(service)?.lines(service, screen.columns) ?? []),
      ]);
    },
  };
}

/** As many rows as there is room for: all, or those that run and a line about the others. */
export function liveLines(
  rows: readonly BoardRow[],
  { room, lineOf }: { readonly room: number; readonly lineOf: (row: BoardRow) => string },
): readonly string[] {
  if (rows.length <= room) return rows.map(lineOf);
  const running = rows.filter(({ state }) => state === 'running').slice(0, Math.max(1, room - 1));
  const ended = rows.filter(({ state }) => state === 'ended');
  const failed = ended.filter(({ status }) => status !== 'succeeded').length;
  const waiting = rows.length - running.length - ended.length;
  const done = `${countText(ended.length, 'service')} done${failed === 0 ? '' : ` (${String(failed)} not well)`}`;
  return [...running.map(lineOf), `  ${done}, ${String(waiting)} waiting`];
}

/** What is said below the board once it is over: warnings and errors of a service. */
class Notes {
  readonly #style: Style;
  readonly #errors = new ErrorOnce();
  readonly #blocks: ((columns: number) => readonly string[])[] = [];

  readonly #said: Set<string>;

  /** `said`: warnings of all services; what is true of all of them is said once. */
  constructor(style: Style, said: Set<string>) {
    this.#style = style;
    this.#said = said;
  }

  take(event: BuildEvent): void {
    const style = this.#style;
    const text = event.kind === 'warning' ? oneLine(`${event.stage}: ${event.message}`) : '';
    if (text !== '' && !this.#said.has(text)) {
      this.#said.add(text);
      this.#blocks.push((columns) =>
        wrapWidth(text, columns - 2).map((line, index) => `${index === 0 ? style.yellow('!') : ' '} ${line}`),
      );
    }
    for (const error of this.#errors.pick(event)) {
      if (error.code !== 'CANCELED') this.#blocks.push((columns) => errorBlock(error, columns, style));
    }
  }

  lines(service: string, columns: number): readonly string[] {
    if (this.#blocks.length === 0) return [];
    return ['', this.#style.bold(service), ...this.#blocks.flatMap((block) => block(columns))];
  }
}
