import { BuildError, RegistryError, XgenError } from '../errors/xgen-error.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { BaseImage } from '../plan/dockerfile.ts';
import { shortPlatform } from '../values/arch.ts';

/** A registry that refuses to answer for an image does not say whether the image is there. */
export function explained(error: unknown, base: BaseImage, plan: BuildPlan): unknown {
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

export interface MissingBase {
  readonly base: BaseImage;
  readonly plan: BuildPlan;
  readonly reason: string;
  readonly cause?: XgenError;
}

export function missing({ base, plan, reason, cause }: MissingBase): BuildError {
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

export interface PlatformFault {
  readonly base: BaseImage;
  readonly plan: BuildPlan;
  readonly platforms: readonly string[];
  readonly wanted: string;
}

export function wrongPlatform({ base, plan, platforms, wanted }: PlatformFault): BuildError {
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

export function noImageName(base: BaseImage, plan: BuildPlan): BuildError {
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
