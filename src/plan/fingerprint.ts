import { createHash } from 'node:crypto';

/**
 * Raised when xgen-build itself begins to make other images of the same inputs: in what it lays over a context, which
 * labels it sets, what it tells BuildKit.
 */
export const SEMANTICS_VERSION = 2;

/** Everything that decides what a build's image holds. Equal inputs give an equal fingerprint on every machine. */
export interface FingerprintInputs {
  readonly semanticsVersion: number;
  /** Address of the repository, without a login: it is a label of the image. */
  readonly repository: string;
  readonly commit: string;
  /** The files that the overlay laid over the context: by name. */
  readonly overlay: Readonly<Record<string, { readonly sha256: string; readonly mode: number }>>;
  readonly args: Readonly<Record<string, string>>;
  readonly target: string | null;
  readonly platform: string;
  /** Folder inside the repository. */
  readonly context: string;
  readonly submodules: boolean;
  /** Base images as the Dockerfile names them, to their digests. */
  readonly baseImages: Readonly<Record<string, string>>;
  /** Ids only: BuildKit leaves a secret's value out of its own cache key too. */
  readonly secretIds: readonly string[];
}

/** SHA-256, hexadecimal, over a JSON text that does not depend on the order of keys or of secrets. */
export function fingerprintOf(inputs: FingerprintInputs): string {
  return sha256(textOf({ ...inputs, secretIds: [...inputs.secretIds].sort() }));
}

/** A name per single input, to a hash of it; the commit stands for itself. */
export type InputSummary = Readonly<Record<string, string>>;

const HASH_LENGTH = 12;

/**
 * Enough of the inputs to say later which of them changed: `overlay Dockerfile`, `args BASE`, `commit`. Values are
 * hashes, so that an argument is not shown where its image's labels are.
 */
export function summaryOf(inputs: FingerprintInputs): InputSummary {
  const entries = Object.entries(inputs).flatMap(([field, value]: [string, unknown]): [string, string][] => {
    if (Array.isArray(value)) return value.map((id: unknown) => [`${field} ${String(id)}`, '']);
    if (typeof value !== 'object' || value === null) return [[field, field === 'commit' ? inputs.commit : hash(value)]];
    return Object.entries(value).map(([name, one]: [string, unknown]) => [`${field} ${name}`, hash(one)]);
  });
  return Object.fromEntries(entries.sort(byName));
}

/** The summary that a label holds; null for text that is none. */
export function parseSummary(text: string | undefined): InputSummary | null {
  try {
    const data: unknown = JSON.parse(text ?? '');
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return null;
    const entries = Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return Object.fromEntries(entries);
  } catch {
    return null;
  }
}

function hash(value: unknown): string {
  return sha256(textOf(value)).slice(0, HASH_LENGTH);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function textOf(data: unknown): string {
  return JSON.stringify(canonical(data));
}

function canonical(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(canonical);
  if (typeof data !== 'object' || data === null) return data;
  const entries = Object.entries(data).map(([key, value]) => [key, canonical(value)] as const);
  // Pairs, not an object: an object puts keys that look like numbers first, and `__proto__` nowhere.
  return entries.sort(byName);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
