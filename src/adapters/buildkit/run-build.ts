import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import { abortReasonOf } from '../../errors/abort-reason.ts';
import { classifyBuildFailure } from '../../errors/build-failure.ts';
import { BuildError, messageOf, XgenError } from '../../errors/xgen-error.ts';
import type { BuildInput, BuildObserver } from '../../ports/builder.ts';
import { isDigest, type Digest } from '../../values/image-reference.ts';
import { recordOf, stringOf } from '../engine/call.ts';
import type { Engine } from '../engine/open-engine.ts';
import { engineLost } from '../engine/unreachable.ts';
import { buildPath } from './build-query.ts';
import { readJsonLines } from './json-lines.ts';
import { ProgressReader } from './progress.ts';
import { loadSessionLibraries, openSession, type Session } from './session.ts';

export interface FinishedBuild {
  readonly imageId: Digest;
  readonly progress: ProgressReader;
}

const CANCEL_TIMEOUT_MS = 5_000;

/**
 * Builds with BuildKit inside the engine and follows it to its end. The session is closed and, when the signal is
 * aborted, the build in the engine is stopped before this returns or throws.
 */
export async function runBuild(engine: Engine, input: BuildInput, observer: BuildObserver): Promise<FinishedBuild> {
  const stop = new AbortController();
  const signal = AbortSignal.any([observer.signal, stop.signal]);
  const session = await openSession(engine, { ...input, signal, onFault: (fault) => stop.abort(fault) });
  const buildId = randomUUID();
  try {
    return await followBuild({ engine, input, observer, session, buildId, signal });
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
  const [, codecs] = await loadSessionLibraries();
  const statuses = codecs('StatusResponse');
  const progress = new ProgressReader(build.observer.onProgress, build.observer.redactor);
  const end = await readAnswer(engine, response, (aux) => progress.read(statuses.decode(aux)));
  progress.end();
  if (end.error === null && end.imageId !== null) return { imageId: end.imageId, progress };
  const message = end.error ?? 'the engine ended the build without an image';
  const dockerfile = await readFile(path.join(input.contextDirectory, 'Dockerfile'), 'utf8').catch(() => '');
  throw classifyBuildFailure({ message, step: progress.failedStep(message), dockerfile });
}

interface BuildEnd {
  readonly imageId: Digest | null;
  readonly error: string | null;
}

async function readAnswer(
  engine: Engine,
  response: IncomingMessage,
  onTrace: (aux: Buffer) => void,
): Promise<BuildEnd> {
  let imageId: Digest | null = null;
  let error: string | null = null;
  try {
    for await (const line of readJsonLines(response as AsyncIterable<Buffer>)) {
      const message = recordOf(line);
      if (message['id'] === 'moby.buildkit.trace') {
        onTrace(Buffer.from(stringOf(message['aux']), 'base64'));
      } else {
        imageId ??= imageIdIn(message);
        error ??= errorIn(message, response.statusCode ?? 0);
      }
    }
  } catch (broken) {
    throw engineLost(engine.endpoint, broken);
  }
  return { imageId, error };
}

function imageIdIn(message: Readonly<Record<string, unknown>>): Digest | null {
  const id = message['id'] === 'moby.image.id' ? stringOf(recordOf(message['aux'])['ID']) : '';
  return isDigest(id) ? id : null;
}

/** Before the stream began the engine answers with a status and `message`; after that, with a last line. */
function errorIn(message: Readonly<Record<string, unknown>>, status: number): string | null {
  const detail = stringOf(recordOf(message['errorDetail'])['message']);
  const text = detail || stringOf(message['error']) || (status >= 300 ? stringOf(message['message']) : '');
  return text === '' ? null : text;
}
