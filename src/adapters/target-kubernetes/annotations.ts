import type { RolloutOrder, TargetPlan } from '../../ports/target.ts';
import { isDigest, type Digest } from '../../values/image-reference.ts';
import { readNumber, readProven, type ProvenEntry } from '../proven-entries.ts';
import type { Texts } from './objects.ts';

/** Everything that this program writes onto workloads and pods is below this prefix. */
export const PREFIX = 'io.xgen-build/';
export const CHANGE_CAUSE = 'kubernetes.io/change-cause';
export const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

/**
 * `pending`: being rolled out, by `owner`. `proven`: ran as it should. `failed`: it did not, and was left as it is.
 */
export type OwnState = 'pending' | 'proven' | 'failed';

/** What our annotations on a workload say of the last rollout. */
export interface OwnRecord {
  readonly service: string;
  readonly site: string;
  readonly number: number | null;
  readonly commit: string | null;
  readonly digest: Digest;
  /** The image as the rollout wrote it into the template. */
  readonly image: string;
  /** The pods of the rollout carry it too. */
  readonly rollout: string;
  readonly startedBy: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly state: OwnState;
  /** Serialised identity of the process that rolls out, and how long it may take; while pending. */
  readonly owner: string;
  readonly limitMs: number;
  /** What to go back to, as text of a snapshot; until it is proven. */
  readonly before: string;
  /** Images that ran well, newest first; before this one was proven without it. */
  readonly proven: readonly ProvenEntry[];
}

/** A change of annotations; null takes one away. */
export type AnnotationPatch = Readonly<Record<string, string | null>>;

const KEYS = {
  service: 'service',
  site: 'site',
  env: 'env',
  number: 'number',
  commit: 'commit',
  digest: 'digest',
  image: 'image',
  rollout: 'rollout',
  startedBy: 'started-by',
  startedAt: 'started-at',
  state: 'state',
  owner: 'owner',
  limitMs: 'limit-ms',
  before: 'before',
  proven: 'proven',
} as const;

export function annotationKey(key: keyof typeof KEYS): string {
  return `${PREFIX}${KEYS[key]}`;
}

export function writeOwn(target: TargetPlan, own: OwnRecord): AnnotationPatch {
  const isOpen = own.state !== 'proven';
  return {
    [annotationKey('service')]: own.service,
    [annotationKey('site')]: own.site,
    [annotationKey('env')]: target.env,
    [annotationKey('number')]: own.number === null ? null : String(own.number),
    [annotationKey('commit')]: own.commit,
    [annotationKey('digest')]: own.digest,
    [annotationKey('image')]: own.image,
    [annotationKey('rollout')]: own.rollout,
    [annotationKey('startedBy')]: own.startedBy,
    [annotationKey('startedAt')]: own.startedAt,
    [annotationKey('state')]: own.state,
    [annotationKey('owner')]: own.state === 'pending' ? own.owner : null,
    [annotationKey('limitMs')]: own.state === 'pending' ? String(own.limitMs) : null,
    [annotationKey('before')]: isOpen ? own.before : null,
    [annotationKey('proven')]: JSON.stringify(own.proven),
  };
}

/** Null where this program rolled nothing out. Anybody can write annotations: what makes no sense is left out. */
export function readOwn(annotations: Texts): OwnRecord | null {
  const read = (key: keyof typeof KEYS) => annotations[annotationKey(key)] ?? '';
  const digest = read('digest');
  const rollout = read('rollout');
  if (!isDigest(digest) || rollout === '') return null;
  const state = read('state');
  return {
    service: read('service'),
    site: read('site'),
    number: readNumber(read('number')),
    commit: read('commit') === '' ? null : read('commit'),
    digest,
    image: read('image'),
    rollout,
    startedBy: read('startedBy'),
    startedAt: read('startedAt'),
    state: state === 'pending' || state === 'failed' ? state : 'proven',
    owner: read('owner'),
    limitMs: readNumber(read('limitMs')) ?? 0,
    before: read('before'),
    proven: readProven(read('proven')),
  };
}

/** What the pods of a rollout carry; the id tells them from older ones. */
export function templateAnnotations(
  order: RolloutOrder,
  made: { rollout: string; restartedAt: string },
): AnnotationPatch {
  const { number, commit, digest } = order.image;
  return {
    [RESTARTED_AT]: made.restartedAt,
    [annotationKey('rollout')]: made.rollout,
    [annotationKey('number')]: number === null ? null : String(number),
    [annotationKey('commit')]: commit,
    [annotationKey('digest')]: digest,
    [annotationKey('startedBy')]: order.startedBy,
  };
}

/** `xgen-build: b42 of main (5d6e7f8), by jiwon@ci-7` */
export function changeCause(order: RolloutOrder): string {
  const { image, target, startedBy } = order;
  const name = image.number === null ? image.digest : `b${String(image.number)}`;
  const commit = image.commit === null ? '' : ` (${image.commit.slice(0, 7)})`;
  return `xgen-build: ${name} of ${target.site}${commit}, by ${startedBy}`;
}
