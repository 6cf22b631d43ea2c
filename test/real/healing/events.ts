/** An event of `--progress json`, with the parts that tests look at. */
export interface SeenEvent {
  readonly kind: string;
  readonly stage?: string;
  readonly status?: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

export function eventsOf(words: string): readonly SeenEvent[] {
  return words
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as SeenEvent);
}

/** When the first event of that kind in that stage was, in milliseconds; throws where there was none. */
export function firstTime(words: string, kind: string, stage: string): number {
  return timesOf(words, kind, stage)[0] ?? Number.NaN;
}

/** When the last one was. */
export function lastTime(words: string, kind: string, stage: string): number {
  return timesOf(words, kind, stage).at(-1) ?? Number.NaN;
}

function timesOf(words: string, kind: string, stage: string): readonly number[] {
  const found = eventsOf(words).filter((event) => event.kind === kind && event.stage === stage);
  if (found.length === 0) throw new Error(`no ${kind} of ${stage} in:\n${words.slice(-2_000)}`);
  return found.map(({ at }) => Date.parse(at));
}
