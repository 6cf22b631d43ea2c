import type { RolloutOrder } from '../../ports/target.ts';
import { formatImage, parseImage, shortDigest, withDigest, withTag } from '../../values/image-reference.ts';
import { registryOf } from './image-check.ts';
import type { Place } from './place.ts';

/**
 * The image as it is written into the template. Strategy `restart` keeps the moving tag, as long as that tag names the
 * very digest (after a rollback, or when a newer build was faster, it does not); everything else goes by digest.
 */
export async function wantedImage(place: Place, { target, image, signal }: RolloutOrder): Promise<string> {
  const byDigest = formatImage(withDigest(image.reference, image.digest));
  const { repository, movingTag } = target;
  const isOwn = image.reference.host === repository.host && image.reference.path === repository.path;
  if (target.strategy === 'pin' || !isOwn) return byDigest;
  const held = await registryOf(place, repository.host).headManifest(repository.path, movingTag, signal);
  return held === image.digest ? formatImage(withTag(repository, movingTag)) : byDigest;
}

/** What is said where the template's image changes otherwise than by strategy `pin`; null: nothing worth it. */
export function imageChangeText({ target }: Pick<RolloutOrder, 'target'>, was: string, is: string): string | null {
  if (was === is || target.strategy === 'pin') return null;
  const named = parseImage(was);
  const isOwn = named?.host === target.repository.host && named.path === target.repository.path;
  const short = isOwn && named.digest !== null ? `sha256:${shortDigest(named.digest)}…` : was;
  return is.includes('@')
    ? `pinned to the digest, since ${target.movingTag} names another image`
    : `was set to ${short}, and is set back to ${target.movingTag}`;
}
