import { parseImage, shortDigest, type Digest } from '../values/image-reference.ts';
import { rollbackCommand } from '../plan/rollback-command.ts';
import type { BuildParameters, RolloutResult } from '../ports/result.ts';
import type { RolloutProof, TargetPlan, TargetState } from '../ports/target.ts';

/** `b41`, or the short digest of an image without a number. */
export function nameOf(image: { readonly number: number | null; readonly digest: Digest }): string {
  return image.number === null ? `sha256:${shortDigest(image.digest)}…` : `b${String(image.number)}`;
}

/** `answers 200 on /health, runs sha256:1f3c…` */
export function provenText(proof: RolloutProof): string {
  return `${proof.detail}, runs sha256:${shortDigest(proof.digest)}…`;
}

/** How going back ended. */
export type Reverted =
  | { readonly kind: 'back'; readonly wasProven: boolean }
  /** Nothing ran before, and nothing runs now. */
  | { readonly kind: 'nothing-before' }
  /** `onFailure` says that the target is left as it is. */
  | { readonly kind: 'left' }
  | { readonly kind: 'failed'; readonly why: string };

/** `exited with 1 · "KeyError: 'REDIS_HOST'" · b41 is back`; without `reverted` the target was not touched. */
export function failedText(
  target: TargetPlan,
  why: string,
  reverted: (Reverted & { readonly before: TargetState }) | null,
): string {
  const short = why.startsWith(`${target.env}: `) ? why.slice(target.env.length + 2) : why;
  return reverted === null ? short : `${short} · ${backText(reverted)}`;
}

function backText(reverted: Reverted & { before: TargetState }): string {
  const { before } = reverted;
  const whatRan = before.status === 'present' && before.number !== null ? `b${String(before.number)}` : null;
  if (reverted.kind === 'failed') return `going back failed: ${reverted.why}`;
  const texts = {
    back: `${whatRan ?? 'what ran before'} is back`,
    'nothing-before': 'nothing ran before, and the new one is removed',
    left: 'it is left as it is',
  };
  return texts[reverted.kind];
}

/**
 * What ran before the image that runs now. Where the same image ran already, it is the one before that: a line that
 * names the image that was just rolled out would bring nothing back.
 */
export function previousOf(before: TargetState, digest: Digest | null): RolloutResult['previous'] {
  if (before.status === 'missing') return null;
  if (before.digest !== null && before.digest !== digest) return { number: before.number, digest: before.digest };
  const [earlier] = before.proven;
  return earlier === undefined ? null : { number: earlier.number, digest: earlier.digest };
}

/** The line to paste that brings back what ran before; null where that has no number of ours. */
export function commandBack(
  target: TargetPlan,
  before: TargetState,
  { previous, parameters }: { previous: RolloutResult['previous']; parameters: BuildParameters },
): string | null {
  if (previous === null || previous.number === null || before.status === 'missing') return null;
  const { arch, registry } = parameters;
  const isOther = before.digest === previous.digest && before.site !== null && before.site !== target.site;
  return rollbackCommand({
    service: target.service,
    site: isOther ? (before.site ?? target.site) : target.site,
    env: target.env,
    number: previous.number,
    arch,
    registry: registryBefore(target, { host: hostBefore(before, previous.digest), registry, isOther }),
    switchSite: isOther,
  });
}

/** By the host of the image that ran before: a login is looked up for the registry that is named. */
function registryBefore(
  { repository }: TargetPlan,
  { host, registry, isOther }: { host: string | null; registry: BuildParameters['registry']; isOther: boolean },
): BuildParameters['registry'] {
  if (host === null || host === repository.host) return registry;
  // Another site may have a registry of its own, which is `nexus` to it.
  return registry === 'local' || isOther ? 'nexus' : 'local';
}

function hostBefore(before: Extract<TargetState, { status: 'present' }>, digest: Digest): string | null {
  if (before.digest === digest) return parseImage(before.image)?.host ?? null;
  return before.proven.find((image) => image.digest === digest)?.reference.host ?? null;
}
