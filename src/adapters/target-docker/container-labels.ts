import type { TargetImage, TargetPlan } from '../../ports/target.ts';
import { formatImage, isDigest, parseImage, type Digest } from '../../values/image-reference.ts';

/** Everything this program writes onto containers is below this prefix. */
export const LABEL_PREFIX = 'io.xgen-build.';
export const COMPOSE = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  oneOff: 'com.docker.compose.oneoff',
  image: 'com.docker.compose.image',
} as const;

const MAX_PROVEN = 20;

/** An image that ran well, as the label keeps it. */
export interface ProvenEntry {
  readonly site: string;
  readonly number: number | null;
  readonly commit: string | null;
  readonly digest: Digest;
  /** `host/path@sha256:…` */
  readonly reference: string;
}

/** What our labels on a container say. */
export interface OwnLabels {
  readonly service: string;
  readonly site: string;
  readonly number: number | null;
  readonly commit: string | null;
  readonly digest: Digest;
  readonly startedBy: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** Serialised identity of the process that made the container. */
  readonly owner: string;
  /** How long that process may need for the rollout, from the container's creation. */
  readonly limitMs: number;
  /** What it is to replace; null: nothing was there. */
  readonly replaces: { readonly id: string; readonly wasRunning: boolean } | null;
  /** Images that ran well before this one, newest first. */
  readonly proven: readonly ProvenEntry[];
}

type Labels = Readonly<Record<string, string>>;

export function writeLabels(target: TargetPlan, own: OwnLabels): Record<string, string> {
  const entries = {
    service: own.service,
    site: own.site,
    env: target.env,
    number: own.number === null ? '' : String(own.number),
    commit: own.commit ?? '',
    digest: own.digest,
    'started-by': own.startedBy,
    'started-at': own.startedAt,
    owner: own.owner,
    'limit-ms': String(own.limitMs),
    replaces: own.replaces === null ? '' : JSON.stringify(own.replaces),
    proven: JSON.stringify(own.proven),
  };
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [`${LABEL_PREFIX}${key}`, value]));
}

/** Null for a container that this program did not make. Anybody can write labels: what makes no sense is left out. */
export function readLabels(labels: Labels): OwnLabels | null {
  const read = (key: string) => labels[`${LABEL_PREFIX}${key}`] ?? '';
  const digest = read('digest');
  const owner = read('owner');
  if (!isDigest(digest) || owner === '') return null;
  return {
    service: read('service'),
    site: read('site'),
    number: readNumber(read('number')),
    commit: read('commit') === '' ? null : read('commit'),
    digest,
    startedBy: read('started-by'),
    startedAt: read('started-at'),
    owner,
    limitMs: readNumber(read('limit-ms')) ?? 0,
    replaces: readReplaces(read('replaces')),
    proven: readProven(read('proven')),
  };
}

/**
 * The list for a new container: what it replaces (where that was proven) before what that one carried; without the new
 * image itself, at most 20.
 */
export function provenBefore(old: ProvenEntry | null, carried: readonly ProvenEntry[], digest: Digest): ProvenEntry[] {
  const seen = new Set<string>([digest]);
  const list = (old === null ? carried : [old, ...carried]).filter((entry) => {
    const isNew = !seen.has(entry.digest);
    seen.add(entry.digest);
    return isNew;
  });
  return list.slice(0, MAX_PROVEN);
}

/** The entry of what our labels call the container's own image. */
export function entryOf(own: OwnLabels, image: string): ProvenEntry {
  return { site: own.site, number: own.number, commit: own.commit, digest: own.digest, reference: image };
}

/** The proven images of one site; those of another site are never offered for a rollback. */
export function provenImages(entries: readonly ProvenEntry[], site: string): TargetImage[] {
  return entries.flatMap((entry) => {
    const reference = parseImage(entry.reference);
    if (entry.site !== site || reference === null || reference.digest !== entry.digest) return [];
    return [{ number: entry.number, commit: entry.commit, digest: entry.digest, reference }];
  });
}

/** The labels that the program put there go, so that they are never copied to another container. */
export function withoutOwnLabels(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !key.startsWith(LABEL_PREFIX)));
}

export function referenceText(image: TargetImage): string {
  return formatImage(image.reference);
}

function readNumber(text: string): number | null {
  return /^\d{1,12}$/.test(text) ? Number(text) : null;
}

function readReplaces(text: string): OwnLabels['replaces'] {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || !('id' in value) || typeof value.id !== 'string') return null;
  return { id: value.id, wasRunning: 'wasRunning' in value && value.wasRunning === true };
}

function readProven(text: string): ProvenEntry[] {
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
