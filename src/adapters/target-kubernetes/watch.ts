import { parseJson } from '../proven-entries.ts';
import { isPassing, pauseMs } from './api.ts';
import { refusal, type Request } from './api-errors.ts';
import type { ObjectMeta, Status, WatchEvent } from './objects.ts';
import type { Place } from './place.ts';
import { Silence, type KubeAnswer } from './transport.ts';

interface Watched {
  readonly metadata: ObjectMeta;
}

/** All that there is, after a watch could not be taken up again; or one change. */
export type Seen<T> =
  | { readonly kind: 'all'; readonly objects: readonly T[] }
  | { readonly kind: 'there'; readonly object: T }
  | { readonly kind: 'gone'; readonly object: T };

export interface WatchOptions<T> {
  readonly request: Request;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Where to begin; null: with all that there is. */
  readonly version: string | null;
  /** Reads all, and where to watch on from. */
  readonly readAll: () => Promise<{ readonly objects: readonly T[]; readonly version: string | null }>;
  /** The server is asked to keep the watch open for so long: one request, however long the rollout takes. */
  readonly longestMs: number;
  readonly signal: AbortSignal;
}

/**
 * Servers send a bookmark about every minute. A watch that is silent for longer is lost, though its connection stands.
 */
const SILENT_MS = 75_000;
/** Asked to begin again, or to go away for good, at every end: not more than so often. */
const SHORTEST_PAUSE_MS = 50;

/**
 * Watches until the signal ends it, and survives what a server does meanwhile: it goes away, closes the watch, forgets
 * where the watch was (410) or is too busy. Nothing is asked for again while the watch lives.
 * Throws TARGET_FORBIDDEN, TARGET_LOGIN_REFUSED, ROLLOUT_FAILED, or the signal's reason.
 */
export async function* watchObjects<T extends Watched>(
  place: Place,
  options: WatchOptions<T>,
): AsyncGenerator<Seen<T>> {
  const { clock } = place.tools;
  let { version } = options;
  for (let attempt = 1; ; attempt += 1) {
    options.signal.throwIfAborted();
    if (version === null) {
      const all = await options.readAll();
      version = all.version ?? '0';
      yield { kind: 'all', objects: all.objects };
    }
    const end = yield* watchOnce<T>(place, options, version);
    ({ version } = end);
    if (end.isAlive) attempt = 0;
    const pause = end.trouble === null ? SHORTEST_PAUSE_MS : pauseMs(Math.max(attempt, 1), end.trouble);
    if (end.trouble !== null) place.tools.logger.debug({ attempt }, 'a watch was lost and is taken up again');
    await clock.sleep(pause, options.signal);
  }
}

interface WatchEnd {
  /** Where to go on; null: everything is read again. */
  readonly version: string | null;
  /** True where something was seen: the server is there. */
  readonly isAlive: boolean;
  readonly trouble: Silence | KubeAnswer | null;
}

async function* watchOnce<T extends Watched>(
  place: Place,
  options: WatchOptions<T>,
  begin: string,
): AsyncGenerator<Seen<T>, WatchEnd> {
  const silence = createSilence(options.signal);
  let version = begin;
  let isAlive = false;
  try {
    const lines = await openWatch(place, options, { version, signal: silence.signal });
    if ('status' in lines) {
      if (lines.status === 410) return { version: null, isAlive, trouble: lines };
      if (!isPassing(lines)) throw refusal(place, options.request, lines);
      return { version, isAlive, trouble: lines };
    }
    for await (const line of lines) {
      silence.heard();
      isAlive = true;
      const event = parseJson(line) as WatchEvent<T> | null;
      if (event === null) continue;
      if (event.type === 'ERROR') return { version: null, isAlive, trouble: asAnswer(event.object) };
      version = event.object.metadata.resourceVersion ?? version;
      if (event.type === 'ADDED' || event.type === 'MODIFIED') yield { kind: 'there', object: event.object };
      if (event.type === 'DELETED') yield { kind: 'gone', object: event.object };
    }
    return { version, isAlive, trouble: null };
  } catch (error) {
    options.signal.throwIfAborted();
    if (silence.isLost()) return { version: null, isAlive: false, trouble: null };
    if (error instanceof Silence) return { version, isAlive, trouble: error };
    throw error;
  } finally {
    silence.stop();
  }
}

async function openWatch<T>(
  place: Place,
  { path, query, longestMs }: WatchOptions<T>,
  { version, signal }: { version: string; signal: AbortSignal },
): Promise<KubeAnswer | AsyncGenerator<string>> {
  return place.cluster.transport.lines({
    method: 'GET',
    path,
    query: {
      ...query,
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: version,
      timeoutSeconds: String(Math.ceil(longestMs / 1000)),
    },
    signal,
  });
}

/** An error inside a watch that was open: nearly always 410, "too old resource version". */
function asAnswer(object: unknown): KubeAnswer {
  const { code = 410 } = object as Status;
  return { status: code, text: JSON.stringify(object), serverTime: null, retryAfterMs: null };
}

/** A signal that ends one connection where nothing comes for too long. */
function createSilence(signal: AbortSignal) {
  const lost = new AbortController();
  let timer = setTimeout(() => lost.abort(), SILENT_MS);
  return {
    signal: AbortSignal.any([signal, lost.signal]),
    isLost: () => lost.signal.aborted,
    heard: () => {
      clearTimeout(timer);
      timer = setTimeout(() => lost.abort(), SILENT_MS);
    },
    stop: () => {
      clearTimeout(timer);
      lost.abort();
    },
  };
}
