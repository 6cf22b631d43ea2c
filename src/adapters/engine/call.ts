import type { IncomingMessage } from 'node:http';
import { abortReasonOf } from '../../errors/abort-reason.ts';
import { EngineError } from '../../errors/xgen-error.ts';
import type { Engine, EngineRequest } from './open-engine.ts';
import { engineLost } from './unreachable.ts';

const CALL_TIMEOUT_MS = 60_000;
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;

export interface EngineAnswer {
  readonly status: number;
  /** Parsed JSON; null for an empty body or one that is not JSON. */
  readonly body: unknown;
}

/**
 * One short call of the engine's API. The calls that every build makes go this way: loading dockerode takes longer than
 * all of them together. Throws ENGINE_UNREACHABLE, also when the engine takes longer than `limitMs` (a minute).
 */
export async function callEngine(
  engine: Engine,
  request: EngineRequest,
  limitMs = CALL_TIMEOUT_MS,
): Promise<EngineAnswer> {
  const limit = AbortSignal.timeout(limitMs);
  const signal = AbortSignal.any([request.signal, limit]);
  try {
    const response = await engine.request({ ...request, signal });
    return { status: response.statusCode ?? 0, body: parse(await readBody(response)) };
  } catch (error) {
    const reason = abortReasonOf(request.signal);
    if (reason !== null) throw reason;
    throw limit.aborted ? tooSlow({ engine, request, limitMs }) : engineLost(engine.endpoint, error);
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw new Error('the engine sent a longer answer than expected');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function tooSlow(call: { engine: Engine; request: EngineRequest; limitMs: number }): EngineError {
  const { engine, request, limitMs } = call;
  return new EngineError({
    code: 'ENGINE_UNREACHABLE',
    message: `the Docker engine at ${engine.endpoint.address} did not answer ${request.method} ${pathOnly(request)} within ${limitMs / 1000} s`,
    hint: 'see whether the engine hangs: docker info',
    facts: { endpoint: engine.endpoint.address },
  });
}

/** What the engine said in an answer that is an error. */
export function messageInAnswer(answer: EngineAnswer): string {
  const message = isRecord(answer.body) ? answer.body['message'] : undefined;
  return typeof message === 'string' ? message : `status ${answer.status}`;
}

/** The error of a call that the engine refused. */
export function refusedCall(request: EngineRequest, answer: EngineAnswer): EngineError {
  return new EngineError({
    code: 'BUILDER_FAILED',
    message: `the Docker engine refused ${request.method} ${pathOnly(request)}: ${messageInAnswer(answer)}`,
    facts: { status: answer.status },
  });
}

function pathOnly(request: EngineRequest): string {
  return request.path.replace(/\?.*$/, '');
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

export function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
