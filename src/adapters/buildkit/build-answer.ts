import { isDigest, type Digest } from '../../values/image-reference.ts';
import { recordOf, stringOf } from '../engine/call.ts';

/** One line of the engine's answer to a build. */
export type AnswerLine =
  | { readonly kind: 'trace'; readonly bytes: Buffer }
  | { readonly kind: 'image'; readonly id: Digest }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'other' };

/** `status` is that of the answer: before the stream begins, errors come with a status and `message`. */
export function readAnswerLine(line: unknown, status: number): AnswerLine {
  const message = recordOf(line);
  if (message['id'] === 'moby.buildkit.trace') {
    return { kind: 'trace', bytes: Buffer.from(stringOf(message['aux']), 'base64') };
  }
  const id = message['id'] === 'moby.image.id' ? stringOf(recordOf(message['aux'])['ID']) : '';
  if (isDigest(id)) return { kind: 'image', id };
  const detail = stringOf(recordOf(message['errorDetail'])['message']) || stringOf(message['error']);
  const error = detail || (status >= 300 ? stringOf(message['message']) : '');
  return error === '' ? { kind: 'other' } : { kind: 'error', message: error };
}

/** How a build ended; `lost` where the engine never said so. */
export type BuildEnd =
  | { readonly kind: 'image'; readonly id: Digest }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'lost' };
