import { UsageError } from '../errors/xgen-error.ts';
import { parseNumberTag, type BuildPlan } from '../plan/build-plan.ts';
import type { RegistryClient } from '../ports/registry.ts';
import { highestNumber } from './number.ts';

export interface CheckedRegistry {
  readonly tags: readonly string[];
  /** The highest bN over all architectures; 0 where there is none. */
  readonly highest: number;
}

export interface RegistryCheck {
  readonly plan: BuildPlan;
  readonly client: RegistryClient;
  readonly signal: AbortSignal;
}

/**
 * A real login, and the numbers that are there; writes nothing.
 * Throws NAME_REFUSED, REGISTRY_UNREACHABLE, REGISTRY_LOGIN_REFUSED, REGISTRY_FAILED.
 */
export async function readNumbers({ plan, client, signal }: RegistryCheck): Promise<CheckedRegistry> {
  const { repository, movingTag } = plan.image;
  if (parseNumberTag(movingTag) !== null) throw movesNumber(plan);
  await client.ping(signal);
  const tags = await client.listTags(repository, signal);
  return { tags, highest: highestNumber(tags) };
}

/** Finds out before the build whether its image can be pushed. Throws REGISTRY_WRITE_REFUSED, and as `readNumbers`. */
export async function requireWritable({ plan, client, signal }: RegistryCheck): Promise<void> {
  await client.checkWritable(plan.image.repository, signal);
}

function movesNumber(plan: BuildPlan): UsageError {
  const { tag } = plan.parameters;
  return new UsageError({
    code: 'NAME_REFUSED',
    message: `--tag ${tag} would be moved, and ${plan.image.movingTag} names one build for ever`,
    hint: 'use another tag; to give the build a number, use --number',
  });
}
