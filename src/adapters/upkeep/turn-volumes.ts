import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { callEngine, refusedCall } from '../engine/call.ts';
import type { Engine, EngineRequest } from '../engine/open-engine.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import { readIntents, TURN_LABEL, volumeNameOf, type Intent, type KeptIntent } from './intents.ts';

export interface TurnParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identity: ProcessIdentity;
}

/** So often an owner says that it lives. */
const BEAT_MS = 10_000;
const CREATE_LIMIT_MS = 30_000;
const REMOVE_LIMIT_MS = 10_000;

/** Something that was said to all who use the engine, for as long as it holds. */
export interface Announced {
  /** May be called twice; never rejects. */
  withdraw(): Promise<void>;
}

/**
 * Writes an intent down in the engine, and again and again while it holds. A volume needs no image, the engine's own
 * clean-up of containers and images leaves it alone, and its labels come back in one list. The name has the beat in it:
 * a beat is a new volume, and the one before goes. Throws ENGINE_UNREACHABLE, BUILDER_FAILED.
 */
export async function announce(
  parts: TurnParts,
  wanted: Pick<Intent, 'id' | 'kind' | 'ticket' | 'who'>,
  signal: AbortSignal,
): Promise<Announced> {
  const intentAt = (beat: number): Intent => ({ ...wanted, beat, owner: parts.identity });
  signal.throwIfAborted();
  try {
    // Not stopped halfway: the engine may have made the volume by then, and nobody would take it away.
    await create(parts.engine, intentAt(1), AbortSignal.timeout(CREATE_LIMIT_MS));
    signal.throwIfAborted();
  } catch (error) {
    await removeIntent(parts, volumeNameOf(intentAt(1)));
    throw error;
  }
  const stopped = new AbortController();
  const beating = keepBeating(parts, intentAt, stopped.signal);
  let withdrawal: Promise<void> | null = null;
  const withdraw = async (): Promise<void> => {
    stopped.abort();
    const last = await beating;
    await removeIntent(parts, volumeNameOf(intentAt(last)));
  };
  return { withdraw: () => (withdrawal ??= withdraw()) };
}

/** Resolves to the last beat once it is stopped. */
async function keepBeating(
  parts: TurnParts,
  intentAt: (beat: number) => Intent,
  stopped: AbortSignal,
): Promise<number> {
  let beat = 1;
  while (!stopped.aborted) {
    await parts.clock.sleep(BEAT_MS, stopped).catch(() => undefined);
    if (stopped.aborted) break;
    try {
      await create(parts.engine, intentAt(beat + 1), AbortSignal.timeout(BEAT_MS));
      beat += 1;
      await removeIntent(parts, volumeNameOf(intentAt(beat - 1)));
    } catch (error) {
      // An engine that is being restarted misses a beat or two.
      parts.logger.debug({ error }, 'the engine did not take a beat');
    }
  }
  return beat;
}

async function create(engine: Engine, intent: Intent, signal: AbortSignal): Promise<void> {
  const body = JSON.stringify({
    Name: volumeNameOf(intent),
    Driver: 'local',
    Labels: { [TURN_LABEL]: JSON.stringify(intent) },
  });
  const headers = { 'Content-Type': 'application/json' };
  const request: EngineRequest = { method: 'POST', path: '/volumes/create', headers, body, signal };
  const answer = await callEngine(engine, request);
  if (answer.status >= 300) throw refusedCall(request, answer);
}

export async function listIntents(engine: Engine, signal: AbortSignal): Promise<readonly KeptIntent[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [TURN_LABEL] }));
  const request = { method: 'GET', path: `/volumes?filters=${filters}`, signal } as const;
  const answer = await callEngine(engine, request);
  if (answer.status !== 200) throw refusedCall(request, answer);
  return readIntents(answer.body);
}

/** What cannot be removed now is removed by the next one that sees it. */
export async function removeIntent(parts: TurnParts, volume: string): Promise<void> {
  try {
    const signal = AbortSignal.timeout(REMOVE_LIMIT_MS);
    await callEngine(parts.engine, { method: 'DELETE', path: `/volumes/${encodeURIComponent(volume)}`, signal });
  } catch (error) {
    parts.logger.debug({ volume, error }, 'a turn could not be given back');
  }
}
