import type { BuildProgress } from '../../ports/builder.ts';
import type { Redactor } from '../../ports/redactor.ts';
import type { BuildStep } from '../../healing/failure.ts';
import { LogTail } from './log-tail.ts';
import { timestampMs, type StatusResponse, type Vertex } from './messages.ts';
import { TransferTally } from './transfer-tally.ts';

type StepStatus = Extract<BuildProgress, { kind: 'step' }>['status'];

/** What the engine writes in place of output that it does not pass on: by default 1 MiB per step, 100 KB per second. */
const CLIPPED = '[output clipped, log limit ';
const CLIPPED_WARNING =
  'the engine cuts the output of a step; to keep it whole, give dockerd BUILDKIT_STEP_LOG_MAX_SIZE and BUILDKIT_STEP_LOG_MAX_SPEED (2147483647) in its environment';

interface Step {
  readonly vertex: Vertex;
  readonly status: StepStatus | null;
}

/**
 * Turns BuildKit's status messages into progress. Its vertexes repeat and come out of order: they are kept by digest, and
 * only changes are told. Text is decoded per step and stream, so that a character cut by a chunk arrives whole.
 */
export class ProgressReader {
  readonly #tell: (progress: BuildProgress) => void;
  readonly #redactor: Redactor | null;
  readonly #steps = new Map<string, Step>();
  readonly #tails = new Map<string, LogTail>();
  readonly #transfers = new TransferTally();
  #hasWarned = false;

  constructor(tell: (progress: BuildProgress) => void, redactor: Redactor | null = null) {
    this.#tell = tell;
    this.#redactor = redactor;
  }

  read(status: StatusResponse): void {
    for (const vertex of status.vertexes) this.#readVertex(vertex);
    for (const { vertex, id, name, current, total } of status.statuses) {
      const owner = this.#steps.get(vertex)?.vertex.name ?? '';
      const sum = this.#transfers.add({ vertex: owner, id, name, current, total });
      if (sum !== null) this.#tell({ kind: 'transfer', ...sum });
    }
    for (const { vertex, stream, msg } of status.logs) {
      const name = stream === 2 ? 'stderr' : 'stdout';
      const text = this.#tailOf(vertex).add(name, msg);
      if (text !== '') this.#tell({ kind: 'log', id: vertex, stream: name, text });
      if (text.includes(CLIPPED)) this.#warnOfClipping();
    }
    for (const { short } of status.warnings) this.#tell({ kind: 'warning', text: Buffer.from(short).toString('utf8') });
  }

  /** Tells what the decoders still hold. */
  end(): void {
    for (const [id, tail] of this.#tails) {
      for (const { stream, text } of tail.end()) this.#tell({ kind: 'log', id, stream, text });
    }
  }

  /** The step whose error is the build's: not one that was only stopped because another one failed. */
  failedStep(message: string): BuildStep | null {
    const failed = [...this.#steps.values()].filter(({ vertex }) => vertex.error !== '');
    const guilty =
      failed.find(({ vertex }) => message.includes(vertex.error)) ??
      failed.find(({ vertex }) => !/context canceled/i.test(vertex.error));
    if (guilty === undefined) return null;
    const { name, error, digest } = guilty.vertex;
    return { name, error, output: this.#tails.get(digest)?.lines() ?? [] };
  }

  /** The step that began last and was not heard to end. */
  runningStep(): BuildStep | null {
    const running = [...this.#steps.values()].findLast(({ status }) => status === 'started')?.vertex;
    if (running === undefined) return null;
    return { name: running.name, error: '', output: this.#tails.get(running.digest)?.lines() ?? [] };
  }

  /** Steps of the Dockerfile, and how many of them came from the cache. */
  counts(): { readonly total: number; readonly cached: number } {
    const steps = [...this.#steps.values()].filter(({ vertex, status }) => status !== null && isNumbered(vertex.name));
    return { total: steps.length, cached: steps.filter(({ status }) => status === 'cached').length };
  }

  /** Names of all steps, as BuildKit names them. */
  names(): string[] {
    return [...this.#steps.values()].map(({ vertex }) => vertex.name);
  }

  #warnOfClipping(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#tell({ kind: 'warning', text: CLIPPED_WARNING });
  }

  #readVertex(vertex: Vertex): void {
    const before = this.#steps.get(vertex.digest);
    const status = statusOf(vertex) ?? before?.status ?? null;
    this.#steps.set(vertex.digest, { vertex, status });
    if (status === null || status === before?.status || isInternal(vertex.name)) return;
    const durationMs = durationOf(vertex);
    const error = vertex.error === '' ? null : vertex.error;
    this.#tell({ kind: 'step', id: vertex.digest, name: vertex.name, status, durationMs, error });
  }

  #tailOf(vertex: string): LogTail {
    const known = this.#tails.get(vertex);
    if (known !== undefined) return known;
    const tail = new LogTail(this.#redactor);
    this.#tails.set(vertex, tail);
    return tail;
  }
}

function statusOf(vertex: Vertex): StepStatus | null {
  if (vertex.error !== '') return 'failed';
  if (vertex.cached) return 'cached';
  if (vertex.completed !== null) return 'completed';
  return vertex.started === null ? null : 'started';
}

function durationOf(vertex: Vertex): number | null {
  const [started, completed] = [timestampMs(vertex.started), timestampMs(vertex.completed)];
  return started === null || completed === null ? null : Math.max(0, Math.round(completed - started));
}

/** BuildKit's own errands: the context, the Dockerfile, what it asks registries. */
function isInternal(name: string): boolean {
  return /^\[(?:internal|auth)\]/.test(name);
}

/** `[2/5] RUN …`, `[builder 3/5] COPY …` */
function isNumbered(name: string): boolean {
  return /^\[(?:[^\]]* )?\d+\/\d+\] /.test(name);
}
