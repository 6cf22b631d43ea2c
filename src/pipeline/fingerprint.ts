import { createHash } from 'node:crypto';

/** Everything that decides what a build's image holds. Equal inputs give an equal fingerprint on every machine. */
export interface FingerprintInputs {
  /** Raised when xgen-build itself begins to make other images of the same inputs. */
  readonly semanticsVersion: number;
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
  const ordered = canonical({ ...inputs, secretIds: [...inputs.secretIds].sort() });
  return createHash('sha256').update(JSON.stringify(ordered)).digest('hex');
}

function canonical(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(canonical);
  if (typeof data !== 'object' || data === null) return data;
  const entries = Object.entries(data).map(([key, value]) => [key, canonical(value)] as const);
  // Pairs, not an object: an object puts keys that look like numbers first, and `__proto__` nowhere.
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}
