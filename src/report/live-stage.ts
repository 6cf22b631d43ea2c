import type { BuildEvent } from '../ports/events.ts';
import { stageLine } from './stage-line.ts';
import type { Style } from './style.ts';
import { cleanLine } from './terminal-text.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const FRAME_MS = 100;
/** `^C`, and one for terminals that break a line when its last column is written. */
const FREE_COLUMNS = 3;
/** So long a stage that is nothing to look at stays unseen. */
const QUIET_MS = 1000;
/** Stages that are shown only where they take time, warn or fail. */
const QUIET_STAGES: ReadonlySet<string> = new Set(['check', 'cleanup']);

/** A sign that turns, for what runs. */
export function frameAt(elapsedMs: number): string {
  return FRAMES[Math.floor(elapsedMs / FRAME_MS) % FRAMES.length] ?? FRAMES[0];
}

export function isQuietStage(name: string, durationMs: number): boolean {
  return QUIET_STAGES.has(name) && durationMs <= QUIET_MS;
}

/** A stage that runs now: its name and what it is at. */
export class LiveStage {
  readonly name: string;
  readonly #startedMs: number;
  #detail: string;
  /** Steps that run now, by number, the latest last: BuildKit runs several at once. */
  readonly #steps = new Map<number, string>();
  #output = '';

  constructor(name: string, detail: string, nowMs: number) {
    this.name = name;
    this.#detail = detail;
    this.#startedMs = nowMs;
  }

  get detail(): string {
    return this.#detail;
  }

  elapsedMs(nowMs: number): number {
    return nowMs - this.#startedMs;
  }

  say(detail: string): void {
    this.#detail = detail;
  }

  step(event: Extract<BuildEvent, { kind: 'step' }>): void {
    this.#steps.delete(event.step);
    this.#output = '';
    if (event.status === 'started') this.#steps.set(event.step, stepText(event.name));
  }

  /** The step that wrote last is the one that is shown. */
  output(event: Extract<BuildEvent, { kind: 'log' }>): void {
    const name = this.#steps.get(event.step);
    if (name !== undefined) {
      this.#steps.delete(event.step);
      this.#steps.set(event.step, name);
    }
    this.#output = event.text;
  }

  /** What it is at, and the last line of output. */
  now(): { readonly detail: string; readonly aside: string } {
    return { detail: [...this.#steps.values()].at(-1) ?? this.#detail, aside: lastLineOf(this.#output) };
  }

  /** The live line; its last columns are left free for the `^C` that a terminal writes behind it. */
  line(screen: { columns: number; nowMs: number; style: Style }): string | null {
    const elapsedMs = this.elapsedMs(screen.nowMs);
    if (isQuietStage(this.name, elapsedMs)) return null;
    const frame = frameAt(elapsedMs);
    return stageLine(
      {
        symbol: screen.style.cyan(frame),
        name: this.name,
        ...this.now(),
        durationMs: elapsedMs,
        columns: screen.columns - FREE_COLUMNS,
      },
      screen.style,
    );
  }
}

/** `[builder 3/5] RUN npm ci` as `builder 3/5 RUN npm ci`; what is BuildKit's own (`[internal] …`) without its mark. */
export function stepText(name: string): string {
  const match = /^\[(?<place>[^\]]*)\]\s*(?<what>.*)$/s.exec(name);
  const place = match?.groups?.['place']?.trim().replaceAll(/\s+/g, ' ');
  const what = match?.groups?.['what'];
  if (place === undefined || what === undefined) return name;
  return place === 'internal' ? what : `${place} ${what}`;
}

/** The last line of a piece of output that is not empty. Looks at its end alone: there may be megabytes of it. */
function lastLineOf(text: string): string {
  const lines = text
    .slice(-2048)
    .split(/[\r\n]+/)
    .map((line) => cleanLine(line).trim());
  return lines.findLast((line) => line !== '') ?? '';
}
