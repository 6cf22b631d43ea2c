import type { TargetImage } from '../ports/target.ts';
import { isDigest, parseImage, type Digest } from '../values/image-reference.ts';

/** Images that ran well are kept on the target itself, as labels or annotations, at most so many. */
export const MAX_PROVEN = 20;

/** An image that ran well, as a target keeps it. */
export interface ProvenEntry {
  readonly site: string;
  readonly number: number | null;
  readonly commit: string | null;
  readonly digest: Digest;
  /** `host/path@sha256:…` */
  readonly reference: string;
}

/** The proven images of one site; those of another site are never offered for a rollback. */
export function provenImages(entries: readonly ProvenEntry[], site: string): TargetImage[] {
  return entries.flatMap((entry) => {
    const reference = parseImage(entry.reference);
    if (entry.site !== site || reference === null || reference.digest !== entry.digest) return [];
    return [{ number: entry.number, commit: entry.commit, digest: entry.digest, reference }];
  });
}

/** The list out of its JSON. Anybody can write it: what makes no sense is left out. */
export function readProven(text: string): ProvenEntry[] {
  const value = parseJson(text);
  return Array.isArray(value) ? value.flatMap((entry: unknown) => readEntry(entry)) : [];
}

function readEntry(value: unknown): ProvenEntry[] {
  if (typeof value !== 'object' || value === null) return [];
  const { site, number, commit, digest, reference } = value as Record<string, unknown>;
  if (typeof digest !== 'string' || !isDigest(digest) || typeof site !== 'string') return [];
  if (typeof reference !== 'string') return [];
  return [
    {
      site,
      number: typeof number === 'number' && Number.isSafeInteger(number) ? number : null,
      commit: typeof commit === 'string' ? commit : null,
      digest,
      reference,
    },
  ];
}

/** Null for text that is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A number that a target keeps as text. */
export function readNumber(text: string): number | null {
  return /^\d{1,12}$/.test(text) ? Number(text) : null;
}

/** The list after an image was proven: that one first, each digest once. */
export function withProven(entry: ProvenEntry, list: readonly ProvenEntry[]): ProvenEntry[] {
  return [entry, ...list.filter(({ digest }) => digest !== entry.digest)].slice(0, MAX_PROVEN);
}
