import type { BuildPlan } from '../plan/build-plan.ts';
import type { BaseImage } from '../plan/dockerfile.ts';
import type { Builder } from '../ports/builder.ts';
import type { Registries, RegistryClient } from '../ports/registry.ts';
import { shortPlatform } from '../values/arch.ts';
import { parseImage, type Digest, type ImageReference } from '../values/image-reference.ts';
import type { Looks } from './looks.ts';
import { explained, missing, noImageName, wrongPlatform } from './base-image-errors.ts';

export interface BaseImageCheck {
  readonly plan: BuildPlan;
  readonly bases: readonly BaseImage[];
  readonly ports: { readonly registries: Registries; readonly builder: Builder };
  readonly looks: Looks;
}

/** A base image as the Dockerfile names it, and what that is at the moment. */
export interface CheckedBase {
  readonly image: string;
  /** Of the manifest (or index) that the name leads to; with `build.pull: false` of the engine's own image. */
  readonly digest: Digest;
}

/**
 * What each base image is at the moment: a HEAD in its registry, or with `build.pull: false` the engine's own image.
 * Throws BASE_IMAGE_MISSING, DOCKERFILE_INVALID, and what the registry throws where it cannot be asked.
 */
export async function readBaseDigests(check: BaseImageCheck): Promise<readonly CheckedBase[]> {
  return Promise.all(
    check.bases.map(async (base) => {
      const reference = referenceOf(check, base);
      const digest = check.plan.build.pull
        ? await digestInRegistry(check, base, reference)
        : (await findInEngine(check, base, reference)).digest;
      return { image: base.image, digest };
    }),
  );
}

/**
 * Asks for each base image's own platforms before anything is built: an engine that is told to builds `linux/arm64` on
 * an amd64 image and labels the result arm64 (measured). With `build.pull: false` the engine's own store is asked.
 * Throws BASE_IMAGE_PLATFORM, and what `readBaseDigests` throws.
 */
export async function checkBasePlatforms(check: BaseImageCheck): Promise<void> {
  await Promise.all(
    check.bases.map(async (base) => {
      const reference = referenceOf(check, base);
      const [platforms, wanted] = await Promise.all([
        check.plan.build.pull
          ? platformsInRegistry(check, base, reference)
          : findInEngine(check, base, reference).then(({ platform }) => [platform]),
        wantedPlatform(check, base),
      ]);
      if (platforms.some((platform) => shortPlatform(platform) === wanted)) return;
      throw wrongPlatform({ base, plan: check.plan, platforms, wanted });
    }),
  );
}

function referenceOf({ plan }: BaseImageCheck, base: BaseImage): ImageReference {
  const reference = parseImage(base.image);
  if (reference === null) throw noImageName(base, plan);
  return reference;
}

async function digestInRegistry(check: BaseImageCheck, base: BaseImage, reference: ImageReference): Promise<Digest> {
  // A name by digest says itself what it is; that it is there is found out with its platforms.
  if (reference.digest !== null) return reference.digest;
  const { baseDigests, signal } = check.looks;
  return inRegistry(check, base, async (client) => {
    const ask = async () => client.headManifest(reference.path, reference.tag ?? 'latest', signal);
    return baseDigests(base.image, ask);
  });
}

async function platformsInRegistry(
  check: BaseImageCheck,
  base: BaseImage,
  reference: ImageReference,
): Promise<readonly string[]> {
  const { basePlatforms, signal } = check.looks;
  const name = reference.digest ?? reference.tag ?? 'latest';
  return inRegistry(check, base, async (client) =>
    basePlatforms(base.image, async () => client.platforms(reference.path, name, signal)),
  );
}

async function inRegistry<T>(
  check: BaseImageCheck,
  base: BaseImage,
  ask: (client: RegistryClient) => Promise<T | null>,
): Promise<T> {
  const { plan } = check;
  try {
    const answer = await ask(clientFor(check, referenceOf(check, base).host));
    if (answer === null) throw missing({ base, plan, reason: 'is not in its registry' });
    return answer;
  } catch (error) {
    throw explained(error, base, plan);
  }
}

/** The build's own registry is asked as it is configured; any other with the Docker configuration's login. */
function clientFor({ plan, ports }: BaseImageCheck, host: string): RegistryClient {
  const { registry } = plan.image;
  return host === registry.host ? ports.registries.open(registry) : ports.registries.openHost(host);
}

async function findInEngine(
  { plan, ports, looks }: BaseImageCheck,
  base: BaseImage,
  reference: ImageReference,
): Promise<{ readonly platform: string; readonly digest: Digest }> {
  const found = await ports.builder.inspectLocal(reference, looks.signal);
  if (found !== null) return found;
  throw missing({ base, plan, reason: "is not in the engine's own store, and build.pull is false" });
}

/** `FROM --platform=$BUILDPLATFORM` means the machine that builds. */
async function wantedPlatform({ plan, ports, looks }: BaseImageCheck, base: BaseImage): Promise<string> {
  if (base.platform === null) return plan.build.platform;
  if (!base.platform.startsWith('$')) return shortPlatform(base.platform);
  const { arch } = await ports.builder.info(looks.signal);
  return `linux/${arch}`;
}
