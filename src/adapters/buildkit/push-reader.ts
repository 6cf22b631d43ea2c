import { isDigest, type Digest } from '../../values/image-reference.ts';
import { recordOf, stringOf } from '../engine/call.ts';

/** What a push has told so far. */
export interface PushState {
  readonly layers: ReadonlyMap<string, LayerState>;
  readonly digest: Digest | null;
  readonly error: string | null;
}

export interface LayerState {
  readonly status: 'waiting' | 'pushing' | 'pushed' | 'present';
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** How often the engine announced another try. */
  readonly retries: number;
  /** The wait announced last, in seconds; counts down. */
  readonly retryInSeconds: number;
}

export const NO_PUSH: PushState = { layers: new Map(), digest: null, error: null };
const NEW_LAYER: LayerState = { status: 'waiting', doneBytes: 0, totalBytes: 0, retries: 0, retryInSeconds: 0 };

/** The state after one more line of the engine's answer to a push. */
export function readPushLine(state: PushState, line: unknown): PushState {
  const message = recordOf(line);
  const error =
    stringOf(recordOf(message['errorDetail'])['message']) || stringOf(message['error']) || stringOf(message['message']);
  if (error !== '') return { ...state, error: state.error ?? error };
  const digest = stringOf(recordOf(message['aux'])['Digest']);
  if (isDigest(digest)) return { ...state, digest };
  const id = stringOf(message['id']);
  // A line with a tag as its id (`latest: digest: …`) is no layer: those are twelve hexadecimal digits.
  if (!/^[0-9a-f]{12}$/.test(id)) return state;
  const layers = new Map(state.layers);
  layers.set(id, readLayer(layers.get(id) ?? NEW_LAYER, message));
  return { ...state, layers };
}

function readLayer(layer: LayerState, message: Readonly<Record<string, unknown>>): LayerState {
  const status = stringOf(message['status']);
  const retry = /^Retrying in (?<seconds>\d+) seconds?$/.exec(status)?.groups?.['seconds'];
  if (retry !== undefined) {
    const seconds = Number(retry);
    return { ...layer, retries: layer.retries + (seconds > layer.retryInSeconds ? 1 : 0), retryInSeconds: seconds };
  }
  if (status === 'Pushed') return { ...layer, status: 'pushed', retryInSeconds: 0 };
  if (status === 'Layer already exists' || status.startsWith('Mounted from')) return { ...layer, status: 'present' };
  if (status !== 'Pushing') return layer;
  const { current, total } = recordOf(message['progressDetail']);
  return {
    ...layer,
    status: 'pushing',
    doneBytes: Math.max(layer.doneBytes, numberOf(current)),
    totalBytes: Math.max(layer.totalBytes, numberOf(current), numberOf(total)),
    retryInSeconds: 0,
  };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

/** Layers and bytes in sum. */
export function summarizePush(state: PushState): {
  pushed: number;
  total: number;
  doneBytes: number;
  totalBytes: number;
} {
  const layers = [...state.layers.values()];
  return {
    pushed: layers.filter(({ status }) => status === 'pushed').length,
    total: layers.length,
    doneBytes: layers.reduce((sum, layer) => sum + layer.doneBytes, 0),
    totalBytes: layers.reduce((sum, layer) => sum + layer.totalBytes, 0),
  };
}

/** The most often that any layer had to be tried again. */
export function retriesOf(state: PushState): number {
  return Math.max(0, ...[...state.layers.values()].map(({ retries }) => retries));
}
