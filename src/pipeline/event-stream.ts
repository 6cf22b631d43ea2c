import type { BuildEvent, BuildEventBody, Emit } from '../ports/events.ts';
import type { Clock } from '../ports/clock.ts';
import type { Redactor, RedactingStream } from '../ports/redactor.ts';

export interface EventStreamOptions {
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** Number of the last event that an earlier attempt of the same build wrote; 0 for a new build. */
  readonly lastSeq: number;
  readonly onEvent: (event: BuildEvent) => void;
}

/** Numbers, dates and redacts what a build emits. A secret that is split over two chunks of output is found too. */
export interface EventStream {
  readonly emit: Emit;
}

export function createEventStream(options: EventStreamOptions): EventStream {
  const outputs = new Map<string, { readonly body: LogBody; readonly stream: RedactingStream }>();
  let seq = options.lastSeq;

  function send(body: BuildEventBody): void {
    seq += 1;
    options.onEvent({ ...body, seq, at: options.clock.now().toISOString() });
  }

  function output(body: LogBody): void {
    const key = `${body.stage}\n${String(body.step)}\n${body.stream}`;
    const known = outputs.get(key) ?? { body, stream: options.redactor.stream() };
    outputs.set(key, known);
    const text = known.stream.write(body.text);
    if (text !== '') send({ ...body, text });
  }

  /** What was held back of ended output goes out before the event that says it ended. */
  function flush(isOver: (body: LogBody) => boolean): void {
    for (const [key, { body, stream }] of outputs) {
      if (!isOver(body)) continue;
      outputs.delete(key);
      const text = stream.end();
      if (text !== '') send({ ...body, text });
    }
  }

  return {
    emit(body) {
      if (body.kind === 'log') {
        output(body);
        return;
      }
      if (body.kind === 'step' && body.status !== 'started')
        flush((log) => log.stage === body.stage && log.step === body.step);
      if (body.kind === 'stage-finished') flush((log) => log.stage === body.stage);
      if (body.kind === 'build-finished') flush(() => true);
      send(options.redactor.redactData(body));
    },
  };
}

type LogBody = Extract<BuildEventBody, { kind: 'log' }>;
