import { numberTag, type BuildPlan } from '../plan/build-plan.ts';
import type { RegistryClient } from '../ports/registry.ts';
import type { Digest } from '../values/image-reference.ts';

/** An image in the registry that is what a build would make. */
export interface KeptImage {
  readonly number: number;
  readonly digest: Digest;
  readonly commit: string;
  readonly fingerprint: string;
  /** What the moving tag holds; null where it is not there. */
  readonly moving: Digest | null;
  /** `unchanged since b41` */
  readonly reason: string;
  /** This state has a record of it; else one is made. */
  readonly isKnownHere: boolean;
}

/** What the registry holds at a number and at the moving tag; null where a tag is not there. */
export async function readHeld(read: {
  plan: BuildPlan;
  client: RegistryClient;
  number: number;
  signal: AbortSignal;
}): Promise<{ readonly numbered: Digest | null; readonly moving: Digest | null }> {
  const { plan, client, number, signal } = read;
  const { repository, movingTag } = plan.image;
  const [numbered, moving] = await Promise.all([
    client.headManifest(repository, numberTag(number, plan.build.arch), signal),
    client.headManifest(repository, movingTag, signal),
  ]);
  return { numbered, moving };
}
