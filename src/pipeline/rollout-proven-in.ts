import { RolloutError } from '../errors/xgen-error.ts';
import type { RolloutResult } from '../ports/result.ts';
import type { TargetImage, TargetPlan, TargetState } from '../ports/target.ts';
import type { RollOutRequest } from './rollout-request.ts';

/** True where the digest runs, or ran, well in a target. */
export function ranWell(state: TargetState, digest: TargetImage['digest']): boolean {
  if (state.status === 'missing') return false;
  return (state.isProven && state.digest === digest) || state.proven.some((image) => image.digest === digest);
}

/**
 * Throws NOT_PROVEN where the target requires that the image ran well in another environment and it did not: asked of
 * this very run, then of that environment, then of the store.
 */
export async function requireProven(
  request: RollOutRequest,
  { target, image, results }: { target: TargetPlan; image: TargetImage; results: readonly RolloutResult[] },
): Promise<void> {
  const env = target.requireProvenIn;
  if (env === null || isProvenBy(results, env, image.digest)) return;
  if (await isProvenThere(request, env, image)) return;
  if (await isProvenInStore(request, env, image)) return;
  const name = image.number === null ? 'the image' : `b${String(image.number)}`;
  throw new RolloutError({
    code: 'NOT_PROVEN',
    message: `${target.env}: ${name} did not run well in ${env} yet, and ${target.env} requires that`,
    hint: `roll it out to ${env} first: --env ${env},${target.env}`,
    facts: { env: target.env, requires: env, digest: image.digest },
  });
}

function isProvenBy(results: readonly RolloutResult[], env: string, digest: string): boolean {
  return results.some((result) => result.env === env && result.status === 'succeeded' && result.digest === digest);
}

async function isProvenThere(request: RollOutRequest, env: string, image: TargetImage): Promise<boolean> {
  const { ports, signal } = request.context;
  const candidates = [...request.plan.targets, ...(request.provingTargets ?? [])];
  const there = candidates.find((candidate) => candidate.env === env);
  if (there === undefined) return false;
  return ranWell(await ports.targets(there.kind).inspect(there, signal), image.digest);
}

async function isProvenInStore(request: RollOutRequest, env: string, image: TargetImage): Promise<boolean> {
  const { service, site } = request.plan;
  const records = await request.context.ports.store.find({ service, site, limit: 100 });
  return records.some((record) => isProvenBy(record.rollouts, env, image.digest));
}
