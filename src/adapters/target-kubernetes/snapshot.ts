import { createHash } from 'node:crypto';
import { RolloutError } from '../../errors/xgen-error.ts';
import type { TargetPlan, TargetSnapshot } from '../../ports/target.ts';
import { formatImage, isDigest, parseImage, withDigest, type Digest } from '../../values/image-reference.ts';
import { parseJson } from '../proven-entries.ts';
import { annotationKey, CHANGE_CAUSE, PREFIX, RESTARTED_AT, readOwn, type AnnotationPatch } from './annotations.ts';
import { refuseBusy } from './owner.ts';
import { parseImageId } from './image-check.ts';
import type { Texts, Workload } from './objects.ts';
import type { Place } from './place.ts';
import { isReady, podsOf, rolloutOf, statusOfContainer } from './pods.ts';
import { requireAppliable } from './require-appliable.ts';
import { readTarget, runningDigest, type Reading } from './reading.ts';
import { containerOf, kindOf, templateText } from './workload.ts';

/** What a template had before a rollout, as much as a rollout changes of it. */
export interface Before {
  /** The image to write back: by digest where it is known, since a tag may name another image by now. */
  readonly image: string;
  readonly digest: Digest | null;
  /** `b41`, or the image. */
  readonly name: string;
  /** The rollout whose pods ran; null where the template was not ours. */
  readonly rollout: string | null;
  /** Our annotations of template and workload, for the way back. */
  readonly template: Readonly<Record<string, string>>;
  readonly own: Readonly<Record<string, string>>;
  readonly wasReady: boolean;
}

export interface KubernetesSnapshot {
  readonly before: Before;
  readonly resourceVersion: string;
  /** The image that the template named. */
  readonly image: string;
  /** Where the list of pods can be watched from. */
  readonly podsVersion: string | null;
  /** Hash of the template: tells whether somebody changed it since. */
  readonly template: string;
}

/** Throws DEPLOYMENT_MISSING, ROLLOUT_BUSY, and what `requireAppliable` throws. */
export async function takeSnapshot(
  place: Place,
  { reading: given, signal }: { reading: Reading | null; signal: AbortSignal },
): Promise<TargetSnapshot> {
  const reading = given ?? (await readTarget(place, { signal }));
  if (reading === null) throw workloadMissing(place.target);
  requireAppliable(place, reading.workload);
  refuseBusy(place, reading);
  const { env, deployment } = place.target;
  const data: KubernetesSnapshot = {
    before: await beforeOf(place, reading, signal),
    resourceVersion: reading.workload.metadata.resourceVersion ?? '',
    image: containerOf(place.target, reading.workload)?.image ?? '',
    podsVersion: reading.podsVersion,
    template: templateHash(reading.workload),
  };
  return { kind: 'kubernetes', env, deployment, data: { ...data } };
}

/** Data of a store may be of another version, or damaged. Throws ROLLOUT_FAILED. */
export function readSnapshot({ env, data }: TargetSnapshot): KubernetesSnapshot {
  const before = readBefore(data['before']);
  const { resourceVersion, template } = data;
  if (before !== null && typeof resourceVersion === 'string' && typeof template === 'string') {
    const podsVersion = typeof data['podsVersion'] === 'string' ? data['podsVersion'] : null;
    const image = typeof data['image'] === 'string' ? data['image'] : before.image;
    return { before, resourceVersion, image, podsVersion, template };
  }
  throw new RolloutError({
    code: 'ROLLOUT_FAILED',
    message: `${env}: what ran before cannot be read out of the state`,
    hint: 'roll an image out by its number: xgen-build deploy SERVICE --to bN',
    facts: { env },
  });
}

/**
 * What to go back to. Where what is there now did not go well, it is what ran before that one.
 */
export async function beforeOf(place: Place, reading: Reading, signal: AbortSignal): Promise<Before> {
  const { own, workload } = reading;
  if (own !== null && own.state !== 'proven') {
    const earlier = readBefore(parseJson(own.before));
    if (earlier !== null) return earlier;
  }
  const image = containerOf(place.target, workload)?.image ?? '';
  const digest = await runningDigest(place, reading, signal);
  const entry =
    own?.digest === digest
      ? own
      : readOwn(workload.metadata.annotations ?? {})?.proven.find((one) => one.digest === digest);
  const number = entry?.number ?? null;
  return {
    image: digest === null ? image : byDigest(place, reading, { image, digest }),
    digest,
    name: number === null ? image : `b${String(number)}`,
    rollout: rolloutOf(workload),
    template: ours(workload.spec.template.metadata?.annotations ?? {}, RESTARTED_AT),
    own: ours(workload.metadata.annotations ?? {}, CHANGE_CAUSE),
    wasReady: reading.pods.some(isReady),
  };
}

/** The repository is the one that the template names, unless the node met the digest only in another. */
function byDigest(place: Place, reading: Reading, { image, digest }: { image: string; digest: Digest }): string {
  const named = parseImage(image);
  if (named?.digest === digest) return image;
  if (named !== null && reading.own?.digest === digest) return formatImage(withDigest(named, digest));
  const ids = podsOf(reading.pods, rolloutOf(reading.workload)).flatMap(
    (pod) => parseImageId(statusOfContainer(pod, place.target.container)?.imageID ?? '') ?? [],
  );
  const met = ids.find((id) => id.digest === digest)?.repository ?? named;
  return met === null ? image : formatImage(withDigest(met, digest));
}

/** Takes away what a rollout added, and brings back what it changed. */
export function restored(before: Texts, now: Texts, other: string): AnnotationPatch {
  const added = Object.keys(now).filter((key) => isOurs(key, other) && before[key] === undefined);
  return { ...Object.fromEntries(added.map((key) => [key, null])), ...before };
}

export function templateHash(workload: Workload): string {
  return createHash('sha256').update(templateText(workload)).digest('hex');
}

/** Without what an earlier one went back to: that would be kept within one another for ever. */
function ours(annotations: Texts, other: string): Record<string, string> {
  const kept = Object.entries(annotations).filter(([key]) => isOurs(key, other) && key !== annotationKey('before'));
  return Object.fromEntries(kept);
}

function isOurs(key: string, other: string): boolean {
  return key.startsWith(PREFIX) || key === other;
}

export function readBefore(value: unknown): Before | null {
  if (typeof value !== 'object' || value === null) return null;
  const { image, digest, name, rollout, template, own, wasReady } = value as Record<string, unknown>;
  if (typeof image !== 'string' || typeof name !== 'string' || !isTexts(template) || !isTexts(own)) return null;
  return {
    image,
    digest: typeof digest === 'string' && isDigest(digest) ? digest : null,
    name,
    rollout: typeof rollout === 'string' ? rollout : null,
    template,
    own,
    wasReady: wasReady === true,
  };
}

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string');
}

export function workloadMissing(target: TargetPlan): RolloutError {
  return new RolloutError({
    code: 'DEPLOYMENT_MISSING',
    message: `${target.env}: there is no ${kindOf(target).word} ${target.deployment} in ${target.namespace}`,
    hint: `create it first (kubectl apply), or leave the environment out: services.${target.service}.environments`,
    facts: { env: target.env, deployment: target.deployment },
  });
}
