import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import { abortReasonOf } from '../../errors/abort-reason.ts';
import { BuildError, messageOf, XgenError } from '../../errors/xgen-error.ts';
import type { BuildInput, BuildObserver } from '../../ports/builder.ts';
import { classifyBuildFailure } from '../../healing/diagnose.ts';
import type { BuildStep } from '../../healing/failure.ts';
import type { Rule } from '../../healing/rule.ts';
import type { Digest } from '../../values/image-reference.ts';
import type { Engine } from '../engine/open-engine.ts';
import { engineLost } from '../engine/unreachable.ts';
import { readAnswerLine, type AnswerLine, type BuildEnd } from './build-answer.ts';
import { buildPath } from './build-query.ts';
import { readJsonLines } from './json-lines.ts';
import { readStatusResponse } from './messages.ts';
import { ProgressReader } from './progress.ts';
import { openSession, type Session } from './session.ts';
import { EMPTY_MESSAGES_LIMIT, followStuckBuild, STUCK_WARNING } from './stuck-stream.ts';

export interface FinishedBuild {
  readonly imageId: Digest;
  readonly progress: ProgressReader;
}

const CANCEL_TIMEOUT_MS = 5_000;
/** Of an engine that is stopped while it builds. */
const ANSWER_ENDED = 'the engine ended its answer without a result';

/**
 * Builds with BuildKit inside the engine and follows it to its end. The session is closed and, when the signal is
 * aborted, the build in the engine is stopped before this returns or throws.
 */
export async function runBuild(
  { engine, rules }: { readonly engine: Engine; readonly rules: readonly Rule[] },
  input: BuildInput,
  observer: BuildObserver,
): Promise<FinishedBuild> {
  const stop = new AbortController();
  const signal = AbortSignal.any([observer.signal, stop.signal]);
  const session = await openSession(engine, { ...input, signal, onFault: (fault) => stop.abort(fault) });
  const buildId = randomUUID();
  try {
    return await followBuild({ engine, rules, input, observer, session, buildId, signal });
  } catch (error) {
    if (signal.aborted) await cancelBuild(engine, buildId);
    throw abortReasonOf(observer.signal) ?? faultOf(stop.signal) ?? error;
  } finally {
    session.close();
  }
}

function faultOf(signal: AbortSignal): XgenError | null {
  if (!signal.aborted) return null;
  const fault: unknown = signal.reason;
  if (fault instanceof XgenError) return fault;
  return new BuildError({
    code: 'BUILDER_FAILED',
    message: `the build was stopped: ${messageOf(fault)}`,
    cause: fault,
  });
}

/** Closing the connection stops a build too, but only this call says when it has stopped. */
async function cancelBuild(engine: Engine, buildId: string): Promise<void> {
  try {
    const signal = AbortSignal.timeout(CANCEL_TIMEOUT_MS);
    const response = await engine.request({ method: 'POST', path: `/build/cancel?id=${buildId}`, signal });
    response.resume();
  } catch {
    // The reason for stopping matters more; a build whose client is gone is stopped by the engine itself.
  }
}

interface Followed {
  readonly engine: Engine;
  readonly rules: readonly Rule[];
  readonly input: BuildInput;
  readonly observer: BuildObserver;
  readonly session: Session;
  readonly buildId: string;
  readonly signal: AbortSignal;
}

async function followBuild(build: Followed): Promise<FinishedBuild> {
  const { engine, input, signal } = build;
  const response = await engine.request({
    method: 'POST',
    path: buildPath(input, { session: build.session.id, build: build.buildId }),
    headers: { 'Content-Type': 'application/x-tar' },
    signal,
  });
  let isStuck = false;
  const progress = new ProgressReader(build.observer.onProgress, build.observer.redactor);
  const end = await readAnswer(build, response, {
    onTrace: (bytes) => progress.read(readStatusResponse(bytes)),
    onStuck: () => {
      isStuck = true;
      build.observer.onProgress({ kind: 'warning', text: STUCK_WARNING });
    },
  });
  progress.end();
  if (end.kind === 'image') return { imageId: end.id, progress };
  if (end.kind === 'lost' && isStuck) throw answerLost(progress.runningStep());
  const message = end.kind === 'error' ? end.message : ANSWER_ENDED;
  const dockerfile = await readFile(path.join(input.contextDirectory, 'Dockerfile'), 'utf8').catch(() => '');
  const step = progress.failedStep(message);
  throw classifyBuildFailure({ during: 'build', message, step, dockerfile }, build.rules);
}

interface AnswerObserver {
  readonly onTrace: (bytes: Buffer) => void;
  readonly onStuck: () => void;
}

async function readAnswer(build: Followed, response: IncomingMessage, observer: AnswerObserver): Promise<BuildEnd> {
  const { engine, signal } = build;
  const lines = readLines(response);
  let end: BuildEnd = { kind: 'lost' };
  let empty = 0;
  try {
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
      const line = next.value;
      empty = line.kind === 'trace' && line.bytes.length === 0 ? empty + 1 : 0;
      if (line.kind === 'trace' && empty === 0) observer.onTrace(line.bytes);
      if (end.kind === 'lost' && (line.kind === 'image' || line.kind === 'error')) end = line;
      if (empty < EMPTY_MESSAGES_LIMIT) continue;
      observer.onStuck();
      return end.kind === 'lost' ? await followStuckBuild({ engine, lines, signal }) : end;
    }
    return end;
  } catch (broken) {
    throw engineLost(engine.endpoint, broken);
  } finally {
    response.destroy();
  }
}

async function* readLines(response: IncomingMessage): AsyncGenerator<AnswerLine> {
  const lines = readJsonLines(response as AsyncIterable<Buffer>);
  for await (const line of lines) yield readAnswerLine(line, response.statusCode ?? 0);
}

function answerLost(step: BuildStep | null): BuildError {
  return new BuildError({
    code: 'BUILDER_FAILED',
    message: `the build ended without an image, and the engine did not say why${step === null ? '' : `; the last step was ${step.name}`}`,
    hint: 'see the last lines of that step below; if it prints very much, write that into a file instead, or use a newer engine',
    facts: { step: step?.name ?? null },
    evidence: step?.output ?? [],
  });
}
