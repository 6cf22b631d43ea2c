import type { Logger } from '../../ports/logger.ts';
import { listNamedImages, untagImage } from '../engine/images.ts';
import type { Engine } from '../engine/open-engine.ts';

/** Host part of local tags: no registry has this name, so nothing can be pushed to or pulled from it by mistake. */
export const LOCAL_TAG_HOST = 'xgen-build.local';
export const CLEANUP_TIMEOUT_MS = 30_000;

/** An immutable tag, as a push needs it in the engine for as long as it takes. */
const PUSHED_NAME = /:b[1-9]\d*-[a-z0-9]+$/;

/**
 * The names to take away from an image, given which of its local tags belong to builds that may still run. While one of
 * them does, the names under which it may be pushing stay.
 */
export function namesToRemove(names: readonly string[], isAlive: (localTag: string) => boolean): readonly string[] {
  const local = names.filter((name) => name.startsWith(`${LOCAL_TAG_HOST}/`));
  const dead = local.filter((name) => !isAlive(name));
  if (dead.length === 0 || dead.length < local.length) return dead;
  return [...names.filter((name) => PUSHED_NAME.test(name)), ...dead];
}

/** Removes what builds of dead processes left in the engine. Returns how many images were let go. */
export async function removeLeftovers(
  parts: { readonly engine: Engine; readonly logger: Logger },
  isAlive: (localTag: string) => Promise<boolean>,
): Promise<number> {
  const images = await listNamedImages(parts.engine, LOCAL_TAG_HOST, AbortSignal.timeout(CLEANUP_TIMEOUT_MS));
  const local = images.flatMap(({ repoTags }) => repoTags.filter((name) => name.startsWith(`${LOCAL_TAG_HOST}/`)));
  const alive = new Set<string>();
  await Promise.all(local.map(async (name) => ((await isAlive(name)) ? alive.add(name) : null)));
  const removals = images.map(({ repoTags }) => namesToRemove(repoTags, (name) => alive.has(name)));
  for (const tag of removals.flat()) await removeTag({ ...parts, tag });
  return removals.filter((names) => names.length > 0).length;
}

/** Takes a name away; that this failed is told in the log alone, and the next run tries again. */
export async function removeTag(removal: {
  readonly engine: Engine;
  readonly tag: string;
  readonly logger: Logger;
}): Promise<void> {
  const { engine, tag, logger } = removal;
  try {
    const { status } = await untagImage(engine, tag, AbortSignal.timeout(CLEANUP_TIMEOUT_MS));
    if (status === 'in-use') logger.warn({ tag }, 'a name is kept in the engine: a container uses it');
  } catch (error) {
    logger.warn({ tag, error }, 'a name could not be taken away in the engine');
  }
}
