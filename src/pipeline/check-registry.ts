import { UsageError } from '../errors/xgen-error.ts';
import { parseNumberTag, type BuildPlan } from '../plan/build-plan.ts';
import type { RegistryClient } from '../ports/registry.ts';
import { highestNumber } from './number.ts';

export interface CheckedRegistry {
  readonly tags: readonly string[];
  /** The highest bN over all architectures; 0 where there is none. */
  readonly highest: number;
}

/**
 * Finds out before the build whether its image can be pushed: a real login, the right to write, and the tags that are
 * there. Throws NAME_REFUSED, REGISTRY_UNREACHABLE, REGISTRY_LOGIN_REFUSED, REGISTRY_WRITE_REFUSED, REGISTRY_FAILED.
 */
export async function checkRegistry(check: {
  plan: BuildPlan;
  client: RegistryClient;
  signal: AbortSignal;
}): Promise<CheckedRegistry> {
  const { plan, client, signal } = check;
  const { repository, movingTag } = plan.image;
  if (parseNumberTag(movingTag) !== null) throw movesNumber(plan);
  await client.ping(signal);
  const [tags] = await Promise.all([client.listTags(repository, signal), client.checkWritable(repository, signal)]);
  return { tags, highest: highestNumber(tags) };
}

function movesNumber(plan: BuildPlan): UsageError {
  const { tag } = plan.parameters;
  return new UsageError({
    code: 'NAME_REFUSED',
    message: `--tag ${tag} would be moved, and ${plan.image.movingTag} names one build for ever`,
    hint: 'use another tag; to give the build a number, use --number',
  });
}
