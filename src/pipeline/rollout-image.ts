import { RolloutError } from '../errors/xgen-error.ts';
import { numberTag, parseNumberTag, type BuildPlan } from '../plan/build-plan.ts';
import { REVISION_LABEL } from '../plan/labels.ts';
import type { Registries, RegistryClient } from '../ports/registry.ts';
import type { Digest } from '../values/image-reference.ts';

/** An image of the registry that is to be rolled out. */
export interface DeployImage {
  readonly number: number | null;
  readonly commit: string | null;
  readonly digest: Digest;
  /** `b42-amd64`, `latest-amd64` */
  readonly tag: string;
}

export interface DeployImageQuestion {
  readonly plan: BuildPlan;
  /** A build number; null: what the moving tag names. */
  readonly to: number | null;
  readonly registries: Registries;
  readonly signal: AbortSignal;
}

// Of a moving tag the number is nearly always the newest; looking at every tag of years would take minutes.
const MOST_NUMBERS = 20;
const SHOWN_NUMBERS = 5;

/**
 * Finds the image to roll out in the registry, by its number or by the moving tag.
 * Throws IMAGE_MISSING, which lists the newest numbers that are there, and what the registry throws.
 */
export async function resolveDeployImage(question: DeployImageQuestion): Promise<DeployImage> {
  const { plan, to, registries, signal } = question;
  const client = registries.open(plan.image.registry);
  const { repository } = plan.image;
  const tag = to === null ? plan.image.movingTag : numberTag(to, plan.build.arch);
  const digest = await client.headManifest(repository, tag, signal);
  if (digest === null) throw imageMissing(plan, tag, await numbersOf(client, plan, signal));
  const platform = plan.build.platform;
  const [config, number] = await Promise.all([
    client.getConfig({ repository, reference: digest, platform, signal }),
    to ?? numberOf(client, plan, { digest, signal }),
  ]);
  if (config === null) throw wrongPlatform(plan, tag);
  return { number, commit: config.labels[REVISION_LABEL] ?? null, digest, tag };
}

/** The newest number whose tag names the digest; null where none of the newest 20 does. */
async function numberOf(
  client: RegistryClient,
  plan: BuildPlan,
  { digest, signal }: { digest: Digest; signal: AbortSignal },
): Promise<number | null> {
  for (const number of (await numbersOf(client, plan, signal)).slice(0, MOST_NUMBERS)) {
    const tag = numberTag(number, plan.build.arch);
    if ((await client.headManifest(plan.image.repository, tag, signal)) === digest) return number;
  }
  return null;
}

/** Numbers of the plan's architecture, newest first. */
async function numbersOf(client: RegistryClient, plan: BuildPlan, signal: AbortSignal): Promise<readonly number[]> {
  const tags = await client.listTags(plan.image.repository, signal);
  const parsed = tags.flatMap((tag) => parseNumberTag(tag) ?? []);
  return parsed
    .filter(({ arch }) => arch === plan.build.arch)
    .map(({ number }) => number)
    .toSorted((left, right) => right - left);
}

function imageMissing(plan: BuildPlan, tag: string, numbers: readonly number[]): RolloutError {
  const { registry, repository } = plan.image;
  const newest = numbers.slice(0, SHOWN_NUMBERS).map((number) => `b${String(number)}`);
  return new RolloutError({
    code: 'IMAGE_MISSING',
    message: `${registry.host}/${repository}:${tag} is not in the registry`,
    hint:
      newest.length === 0
        ? `build it first: xgen-build ${plan.service} --site ${plan.site}`
        : `the newest that are there: ${newest.join(', ')}`,
    facts: { service: plan.service, site: plan.site, tag },
  });
}

function wrongPlatform(plan: BuildPlan, tag: string): RolloutError {
  const { registry, repository } = plan.image;
  return new RolloutError({
    code: 'IMAGE_MISSING',
    message: `${registry.host}/${repository}:${tag} is there, but not for ${plan.build.platform}`,
    hint: 'name the architecture that it was built for with --arch',
    facts: { service: plan.service, site: plan.site, tag, platform: plan.build.platform },
  });
}
