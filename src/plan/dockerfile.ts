import { findStage, findTarget, readStages, requireImage, type Stage } from './dockerfile-stages.ts';
import { takeFlags } from './dockerfile-words.ts';

/** An image that a build takes from a registry. */
export interface BaseImage {
  /** As the Dockerfile names it, with build arguments put in. */
  readonly image: string;
  /**
   * `linux/arm64` where `FROM --platform` says so, `$BUILDPLATFORM` where that is the building machine's own and `args` do
   * not tell it; null: the platform of the build.
   */
  readonly platform: string | null;
}

/**
 * The images that a build of the target needs, in order, each once: from FROM, `COPY --from` and `RUN --mount=from`.
 * Stages that the target does not need are left out, as BuildKit does, and so is `scratch`. `args` hold TARGETARCH.
 * Throws DOCKERFILE_INVALID.
 */
export function baseImages(
  dockerfileText: string,
  args: Readonly<Record<string, string>>,
  target: string | null,
): readonly BaseImage[] {
  const { stages } = readStages(dockerfileText, args);
  const found = new Map<string, BaseImage>();
  for (const stage of neededStages(stages, target)) {
    const earlier = stages.slice(0, stage.index);
    const names = [stage.base, ...stage.uses];
    for (const [position, use] of names.entries()) {
      requireImage(use);
      const { image } = use;
      // A number is a stage in `COPY --from`, and an image in FROM.
      const isStage = position === 0 ? isNamed(earlier, image) : findStage(earlier, image) !== null;
      if (isStage || image.toLowerCase() === 'scratch') continue;
      found.set(JSON.stringify([image, stage.platform]), { image, platform: stage.platform });
    }
  }
  return [...found.values()];
}

/** The target and every stage that it stands on or copies from, in the order of the Dockerfile. */
function neededStages(stages: readonly Stage[], target: string | null): readonly Stage[] {
  const needed = new Set<Stage>();
  const add = (stage: Stage): void => {
    if (needed.has(stage)) return;
    needed.add(stage);
    const earlier = stages.slice(0, stage.index);
    if (isNamed(earlier, stage.base.image)) addNamed(earlier, stage.base.image);
    for (const { image } of stage.uses) addNamed(earlier, image);
  };
  const addNamed = (earlier: readonly Stage[], reference: string): void => {
    const found = findStage(earlier, reference);
    if (found !== null) add(found);
  };
  add(findTarget(stages, target));
  return [...needed].sort((a, b) => a.index - b.index);
}

function isNamed(stages: readonly Stage[], name: string): boolean {
  return stages.some((stage) => stage.name === name.toLowerCase());
}

/** A file that the build takes out of its context by name. */
export interface CopiedFile {
  /** Relative to the context: `docker/entrypoint.sh`. */
  readonly path: string;
  readonly line: number;
}

/**
 * What COPY and ADD of the needed stages take from the context by plain name: without wildcards and variables, which
 * may match nothing or something else, and without addresses and here-documents. Throws DOCKERFILE_INVALID.
 */
export function copiedFiles(
  dockerfileText: string,
  args: Readonly<Record<string, string>>,
  target: string | null,
): readonly CopiedFile[] {
  const { stages } = readStages(dockerfileText, args);
  return neededStages(stages, target).flatMap((stage) =>
    stage.instructions.flatMap(({ keyword, rest, line }) => {
      if (keyword !== 'COPY' && keyword !== 'ADD') return [];
      return sourcesIn(rest).flatMap((source) => {
        const path = plainPath(source);
        return path === null ? [] : [{ path, line }];
      });
    }),
  );
}

/**
 * What ADD of the needed stages takes from elsewhere, or may: addresses, and names that hold a variable. Their content can
 * change while nothing else does, unless a checksum or a commit pins it. Throws DOCKERFILE_INVALID.
 */
export function remoteSources(
  dockerfileText: string,
  args: Readonly<Record<string, string>>,
  target: string | null,
): readonly string[] {
  const { stages } = readStages(dockerfileText, args);
  return neededStages(stages, target).flatMap((stage) =>
    stage.instructions.flatMap(({ keyword, rest }) => {
      const isPinned = takeFlags(rest).flags.some(([name]) => name === 'checksum');
      return keyword !== 'ADD' || isPinned ? [] : sourcesIn(rest).filter(isRemote);
    }),
  );
}

function isRemote(source: string): boolean {
  if (/#[0-9a-f]{40}(?::|$)/.test(source)) return false;
  return /\$|:\/\/|^["']?git@|^["']?github\.com\//.test(source);
}

function sourcesIn(text: string): readonly string[] {
  const { flags, words, rest } = takeFlags(text);
  if (flags.some(([name]) => name === 'from')) return [];
  return (jsonWords(rest) ?? words).slice(0, -1);
}

function jsonWords(rest: string): readonly string[] | null {
  if (!rest.startsWith('[')) return null;
  try {
    const data: unknown = JSON.parse(rest);
    return Array.isArray(data) && data.every((word) => typeof word === 'string') ? data : null;
  } catch {
    return null;
  }
}

/** Null for what is not the plain name of one file or folder. */
function plainPath(source: string): string | null {
  const text = source.replaceAll(/^["']|["']$/g, '');
  if (/[$*?[\]\\<]|:\/\/|^git@/.test(text)) return null;
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 || parts.includes('..') ? null : parts.join('/');
}
