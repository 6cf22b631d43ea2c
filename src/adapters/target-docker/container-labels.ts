import type { TargetImage, TargetPlan } from '../../ports/target.ts';
import { formatImage, isDigest, type Digest } from '../../values/image-reference.ts';
import { MAX_PROVEN, parseJson, readNumber, readProven, type ProvenEntry } from '../proven-entries.ts';

/** Everything this program writes onto containers is below this prefix. */
export const LABEL_PREFIX = 'io.xgen-build.';
export const COMPOSE = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  oneOff: 'com.docker.compose.oneoff',
  image: 'com.docker.compose.image',
} as const;

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

/** The labels that the program put there go, so that they are never copied to another container. */
export function withoutOwnLabels(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !key.startsWith(LABEL_PREFIX)));
}

export function referenceText(image: TargetImage): string {
  return formatImage(image.reference);
}

function readReplaces(text: string): OwnLabels['replaces'] {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || !('id' in value) || typeof value.id !== 'string') return null;
  return { id: value.id, wasRunning: 'wasRunning' in value && value.wasRunning === true };
}
