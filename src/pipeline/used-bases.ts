import type { BuiltImage } from '../ports/builder.ts';
import { formatImage, parseImage, withTag } from '../values/image-reference.ts';
import type { CheckedBase } from './base-images.ts';

/**
 * The base images that a build stood on, where that is not what was looked at before it: a tag that was republished
 * meanwhile, or an image that the Dockerfile does not name (by ONBUILD of a base). Null where all is as it was looked at.
 */
export function basesUsedInstead(
  looked: readonly CheckedBase[],
  used: BuiltImage['bases'],
): readonly CheckedBase[] | null {
  const others = used.flatMap(({ image, digest }): CheckedBase[] => {
    if (digest === null) return [];
    const same = looked.filter((base) => nameOf(base.image) === nameOf(image));
    if (same.some((base) => base.digest === digest)) return [];
    return [{ image: same[0]?.image ?? image, digest }];
  });
  if (others.length === 0) return null;
  return [...looked.filter(({ image }) => others.every((other) => other.image !== image)), ...others];
}

/** What was looked at and of which BuildKit does not say what it used: to be looked at once more. */
export function basesUntold(looked: readonly CheckedBase[], used: BuiltImage['bases']): readonly CheckedBase[] {
  const told = new Set(used.flatMap(({ image, digest }) => (digest === null ? [] : [nameOf(image)])));
  return looked.filter(({ image }) => !told.has(nameOf(image)));
}

/** BuildKit writes names in full: `python:3.14` is `docker.io/library/python:3.14`. */
function nameOf(image: string): string {
  const parsed = parseImage(image);
  return parsed === null ? image : formatImage(withTag(parsed, parsed.tag ?? 'latest'));
}
