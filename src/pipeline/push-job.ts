import { AbortReason } from '../errors/abort-reason.ts';
import { RegistryError, XgenError } from '../errors/xgen-error.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { numberTag, parseNumberTag, type BuildPlan } from '../plan/build-plan.ts';
import { FINGERPRINT_LABEL } from '../plan/labels.ts';
import type { Manifest, RegistryClient } from '../ports/registry.ts';
import { shortDigest, withTag, type Digest, type ImageReference } from '../values/image-reference.ts';
import type { StageContext } from './context.ts';

/** What every step of a push is handed. */
export interface PushJob {
  readonly plan: BuildPlan;
  readonly context: StageContext;
  /** The registry of the plan, at its `apiHost`. */
  readonly client: RegistryClient;
}

/** `b42-amd64` */
export function tagOf({ plan }: PushJob, number: number): string {
  return numberTag(number, plan.build.arch);
}

/** The image as the engine pushes it. */
export function imageAt(plan: BuildPlan, tag: string): ImageReference {
  return withTag({ host: plan.image.registry.host, path: plan.image.repository }, tag);
}

export async function headTag({ plan, client, context }: PushJob, tag: string): Promise<Digest | null> {
  return client.headManifest(plan.image.repository, tag, context.signal);
}

export async function listTags({ plan, client, context }: PushJob): Promise<readonly string[]> {
  return client.listTags(plan.image.repository, context.signal);
}

/** The manifest of an image that was pushed. Throws PUSH_UNVERIFIED where the registry does not have it. */
export async function pushedManifest(job: PushJob, digest: Digest): Promise<Manifest> {
  const { client, plan, context } = job;
  const manifest = await client.getManifest(plan.image.repository, digest, context.signal);
  if (manifest !== null) return manifest;
  throw pushError(job, { code: 'PUSH_UNVERIFIED', message: `the manifest ${digest} is missing after its push` });
}

/**
 * Puts a tag on an image that the registry holds: the same bytes, so the same digest. Its manifest is read before, so
 * that nothing lies between the last look at the tag and the write.
 */
export async function putTag({ client, plan, context }: PushJob, manifest: Manifest, tag: string): Promise<void> {
  const { repository } = plan.image;
  await client.putManifest({ repository, reference: tag, manifest, signal: context.signal });
}

/** The fingerprint on an image; null where there is none: it is not there, or was not built by xgen-build. */
export async function fingerprintOf(job: PushJob, reference: string): Promise<string | null> {
  const { client, plan, context } = job;
  const { repository } = plan.image;
  const get = { repository, reference, platform: plan.build.platform, signal: context.signal };
  return (await client.getConfig(get))?.labels[FINGERPRINT_LABEL] ?? null;
}

/** How many numbers are looked at, newest first: a tag that just moved belongs to one of the newest. */
const NEWEST = 24;
const AT_ONCE = 8;

/** The numbers of this architecture, highest first. */
export function numbersOf({ plan }: PushJob, tags: readonly string[]): readonly number[] {
  return tags
    .map(parseNumberTag)
    .filter((tag) => tag?.arch === plan.build.arch)
    .map((tag) => tag?.number ?? 0)
    .sort((a, b) => b - a);
}

/** The highest number of this architecture that names an image; null where none of the newest does. */
export async function numberOf(job: PushJob, digest: Digest, tags: readonly string[]): Promise<number | null> {
  const numbers = numbersOf(job, tags).slice(0, NEWEST);
  // Nearly always it is the newest: the first is asked for alone.
  const batches = [numbers.slice(0, 1), ...chunks(numbers.slice(1))];
  for (const some of batches) {
    const held = await Promise.all(some.map((number) => headTag(job, tagOf(job, number))));
    const found = some[held.indexOf(digest)];
    if (found !== undefined) return found;
  }
  return null;
}

function chunks(numbers: readonly number[]): readonly (readonly number[])[] {
  const count = Math.ceil(numbers.length / AT_ONCE);
  return Array.from({ length: count }, (_, index) => numbers.slice(index * AT_ONCE, (index + 1) * AT_ONCE));
}

/** Asks the store whether the build is still ours; to be called before the registry's tags are written. */
export async function requireOwnership({ context }: PushJob): Promise<void> {
  context.signal.throwIfAborted();
  const answer = await context.ports.store.heartbeat(context.build).catch((error: unknown) => {
    // On a full disk nobody else can take it over either: what is built is not thrown away for that.
    if (error instanceof XgenError && error.code === 'DISK_FULL') return 'ok' as const;
    throw error;
  });
  if (answer === 'lost') throw new AbortReason('lost', 'another process took this build over before it was pushed');
}

/**
 * Waits before a lost race is run again: longer each time, and different for different images, so that two that met
 * once do not meet again.
 */
export async function stepAside({ context }: PushJob, digest: Digest, tried: number): Promise<void> {
  const spread = Number.parseInt(shortDigest(digest).slice(0, 4), 16) / 0xffff;
  await context.ports.clock.sleep(Math.round(Math.min(tried, 8) * (20 + 80 * spread)), context.signal);
}

export function pushError(
  job: PushJob,
  { code, message, hint }: { code: ErrorCode; message: string; hint?: string },
): RegistryError {
  const { registry, repository } = job.plan.image;
  return new RegistryError({
    code,
    message: `${registry.host}/${repository}: ${message}`,
    hint: hint ?? 'look at the log of the registry and at its storage and clean-up rules, then run the command again',
    facts: { registry: registry.host, repository, service: job.plan.service, site: job.plan.site, stage: 'push' },
  });
}

export function warn({ context }: PushJob, message: string): void {
  context.emit({ kind: 'warning', stage: 'push', message });
}

/** What the push does now, in one line. */
export function say({ context }: PushJob, detail: string): void {
  context.emit({ kind: 'stage-progress', stage: 'push', detail });
}
