import { setTimeout as sleep } from 'node:timers/promises';
import { callEngine, recordOf } from '../engine/call.ts';
import type { Engine } from '../engine/open-engine.ts';
import type { AnswerLine, BuildEnd } from './build-answer.ts';

/**
 * Docker 20.10 never ends its stream of status messages once more than 1 MiB of output came in one batch, which takes
 * raised log limits and a step that prints fast: from then on it sends empty messages as fast as they are read, and the
 * error of a build that fails never comes (the docker client hangs there too). Later versions are mended.
 */
export const EMPTY_MESSAGES_LIMIT = 1_000;

export const STUCK_WARNING =
  'a step prints faster than this engine can pass on: the rest of its output is lost, the build goes on';

const SLICE_LINES = 500;
const PAUSE_MS = 50;
const POLL_MS = 2_000;

export interface StuckBuild {
  readonly engine: Engine;
  /** The rest of the answer: empty messages and, where the build succeeds, the image. */
  readonly lines: AsyncIterable<AnswerLine>;
  readonly signal: AbortSignal;
}

/**
 * Waits for the end of a build whose status messages are stuck: for the image or, as an error never comes, until the
 * engine's cache says that nothing is being built any more. Reads slowly, so that the engine does not spin.
 */
export async function followStuckBuild({ engine, lines, signal }: StuckBuild): Promise<BuildEnd> {
  let count = 0;
  let idlePolls = 0;
  let nextPoll = performance.now() + POLL_MS;
  for await (const line of lines) {
    if (line.kind === 'image' || line.kind === 'error') return line;
    count += 1;
    if (count % SLICE_LINES !== 0) continue;
    await sleep(PAUSE_MS, undefined, { signal });
    if (performance.now() < nextPoll) continue;
    idlePolls = (await isBuilding(engine, signal)) ? 0 : idlePolls + 1;
    // One poll may fall between two steps, or between the last step and the image.
    if (idlePolls === 3) break;
    nextPoll = performance.now() + POLL_MS;
  }
  return { kind: 'lost' };
}

/** True while any build of the engine holds records of its cache. */
async function isBuilding(engine: Engine, signal: AbortSignal): Promise<boolean> {
  const { body } = await callEngine(engine, { method: 'GET', path: '/system/df', signal });
  const { BuildCache: records } = recordOf(body);
  return !Array.isArray(records) || records.some((record) => recordOf(record)['InUse'] === true);
}
