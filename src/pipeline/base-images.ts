import { BuildError, RegistryError, XgenError } from '../errors/xgen-error.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { BaseImage } from '../plan/dockerfile.ts';
import type { Builder } from '../ports/builder.ts';
import type { Registries, RegistryClient } from '../ports/registry.ts';
import { parseImage, type Digest, type ImageReference } from '../values/image-reference.ts';

export interface BaseImageCheck {
  readonly plan: BuildPlan;
  readonly bases: readonly BaseImage[];
  readonly ports: { readonly registries: Registries; readonly builder: Builder };
  readonly signal: AbortSignal;
}

/** A base image as the Dockerfile names it, and what that is at the moment. */
export interface CheckedBase {
  readonly image: string;
  /** Of the manifest (or index) that the name leads to; with `build.pull: false` of the engine's own image. */
  readonly digest: Digest;
}

/**
 * Asks for each base image's own platforms before anything is built: an engine that is told to builds `linux/arm64` on
 * an amd64 image and labels the result arm64 (measured). With `build.pull: false` the engine's own store is asked.
 * Throws BASE_IMAGE_MISSING, BASE_IMAGE_PLATFORM, and what the registry throws where it cannot be asked.
 */
export async function checkBaseImages(check: BaseImageCheck): Promise<readonly CheckedBase[]> {
  return Promise.all(check.bases.map(async (base) => checkOne(check, base)));
}

async function checkOne(check: BaseImageCheck, base: BaseImage): Promise<CheckedBase> {
  const reference = parseImage(base.image);
  if (reference === null) throw noImageName(base, check.plan);
  const [found, wanted] = await Promise.all([
    check.plan.build.pull ? findInRegistry(check, base, reference) : findInEngine(check, base, reference),
    wantedPlatform(check, base),
  ]);
  if (!found.platforms.some((platform) => shortPlatform(platform) === wanted)) {
    throw wrongPlatform({ base, plan: check.plan, platforms: found.platforms, wanted });
  }
  return { image: base.image, digest: found.digest };
}

interface FoundBase {
  readonly platforms: readonly string[];
  readonly digest: Digest;
}

async function findInRegistry(check: BaseImageCheck, base: BaseImage, reference: ImageReference): Promise<FoundBase> {
  const client = clientFor(check, reference.host);
  const name = reference.digest ?? reference.tag ?? 'latest';
  try {
    const [platforms, digest] = await Promise.all([
      client.platforms(reference.path, name, check.signal),
      client.headManifest(reference.path, name, check.signal),
    ]);
    if (platforms === null || digest === null)
      throw missing({ base, plan: check.plan, reason: 'is not in its registry' });
    return { platforms, digest };
  } catch (error) {
    throw explained(error, base, check.plan);
  }
}

/** The build's own registry is asked as it is configured; any other with the Docker configuration's login. */
function clientFor({ plan, ports }: BaseImageCheck, host: string): RegistryClient {
  const { registry } = plan.image;
  return host === registry.host ? ports.registries.open(registry) : ports.registries.openHost(host);
}

async function findInEngine(check: BaseImageCheck, base: BaseImage, reference: ImageReference): Promise<FoundBase> {
  const found = await check.ports.builder.inspectLocal(reference, check.signal);
  if (found === null) {
    throw missing({ base, plan: check.plan, reason: "is not in the engine's own store, and build.pull is false" });
  }
  return { platforms: [found.platform], digest: found.digest };
}

/** `FROM --platform=$BUILDPLATFORM` means the machine that builds. */
async function wantedPlatform({ plan, ports, signal }: BaseImageCheck, base: BaseImage): Promise<string> {
  if (base.platform === null) return plan.build.platform;
  if (!base.platform.startsWith('$')) return shortPlatform(base.platform);
  const { arch } = await ports.builder.info(signal);
  return `linux/${arch}`;
}

/** `linux/arm64/v8`, `linux/arm64` and `arm64` mean the same machine here. */
export function shortPlatform(platform: string): string {
  const parts = platform.split('/');
  return parts.length === 1 ? `linux/${platform}` : parts.slice(0, 2).join('/');
}

/** A registry that refuses to answer for an image does not say whether the image is there. */
function explained(error: unknown, base: BaseImage, plan: BuildPlan): unknown {
  if (!(error instanceof XgenError)) return error;
  if (error.code === 'REGISTRY_LOGIN_REFUSED') {
    return missing({ base, plan, reason: 'is not in its registry, or may not be read with this login', cause: error });
  }
  if (error.code !== 'REGISTRY_UNREACHABLE' && error.code !== 'REGISTRY_FAILED') return error;
  return new RegistryError({
    code: error.code,
    message: `the base image ${base.image} cannot be asked for: ${error.message}`,
    hint: `${whoNamesIt(base, plan)}; with build.pull: false in project.yaml, images of the engine's own store are used`,
    facts: { ...error.facts, image: base.image },
    evidence: error.evidence,
    cause: error,
  });
}

interface Missing {
  readonly base: BaseImage;
  readonly plan: BuildPlan;
  readonly reason: string;
  readonly cause?: XgenError;
}

function missing({ base, plan, reason, cause }: Missing): BuildError {
  const pull = plan.build.pull ? '' : `; or bring it there: docker pull ${base.image}`;
  return new BuildError({
    code: 'BASE_IMAGE_MISSING',
    message: `the base image ${base.image} ${reason}`,
    hint: `${whoNamesIt(base, plan)}${pull}`,
    facts: { image: base.image },
    evidence: cause === undefined ? [] : [cause.message, ...cause.evidence],
    cause,
  });
}

interface PlatformFault {
  readonly base: BaseImage;
  readonly plan: BuildPlan;
  readonly platforms: readonly string[];
  readonly wanted: string;
}

function wrongPlatform({ base, plan, platforms, wanted }: PlatformFault): BuildError {
  const is = platforms.length === 0 ? 'for no platform that is known' : `for ${platforms.join(', ')}`;
  return new BuildError({
    code: 'BASE_IMAGE_PLATFORM',
    message: `the base image ${base.image} is ${is}, and the build is for ${wanted}`,
    hint: `use an image that is for ${wanted} too, or build with --arch ${archOf(platforms) ?? plan.build.arch}; ${whoNamesIt(base, plan)}`,
    facts: { image: base.image, platforms: platforms.join(','), wanted },
  });
}

function archOf(platforms: readonly string[]): string | null {
  const arches = platforms.map((platform) => shortPlatform(platform).split('/')[1]);
  return arches.find((arch) => arch === 'amd64' || arch === 'arm64') ?? null;
}

function noImageName(base: BaseImage, plan: BuildPlan): BuildError {
  return new BuildError({
    code: 'DOCKERFILE_INVALID',
    message: `"${base.image}" in a FROM of the Dockerfile is no image name`,
    hint: whoNamesIt(base, plan),
    facts: { image: base.image },
  });
}

/** Which build argument holds the name, or a part of it such as the registry's host. */
function whoNamesIt(base: BaseImage, plan: BuildPlan): string {
  const args = Object.entries(plan.build.args).filter(([, value]) => value.length > 2 && base.image.includes(value));
  const [longest] = args.toSorted(([, a], [, b]) => b.length - a.length);
  return longest === undefined
    ? 'it is named in the central Dockerfile'
    : `it is named by the build argument ${longest[0]} (build.args in project.yaml, args in services.yaml)`;
}
