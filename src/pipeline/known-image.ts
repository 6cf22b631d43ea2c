import { numberTag, type BuildPlan } from '../plan/build-plan.ts';
import type { BuildRecord } from '../ports/store.ts';
import { formatImage, withTag, type Digest } from '../values/image-reference.ts';

/** An image that this state knows to be pushed, and what it was built from. */
export interface KnownImage {
  readonly number: number;
  readonly digest: Digest;
  readonly commit: string;
  readonly fingerprint: string;
}

/**
 * The last image of the plan's repository and architecture that was pushed, of records newest first. Fingerprint and
 * digest of a record are written together: they always belong to one image. Null where none is known.
 */
export function lastKnownImage(records: readonly BuildRecord[], plan: BuildPlan): KnownImage | null {
  for (const { command, digest, fingerprint, result } of records) {
    if (command !== 'build' || digest === null || fingerprint === null || result === null) continue;
    const { number, commit } = result;
    if (number === null || commit === null || result.digest !== digest) continue;
    if (result.buildImage === buildImageOf(plan, number)) return { number, digest, commit, fingerprint };
  }
  return null;
}

function buildImageOf({ image, build }: BuildPlan, number: number): string {
  const repository = { host: image.registry.host, path: image.repository };
  return formatImage(withTag(repository, numberTag(number, build.arch)));
}
