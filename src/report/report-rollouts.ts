import type { BuildResult, RolloutResult } from '../ports/result.ts';
import { shortDigest } from '../values/image-reference.ts';

type Image = Pick<BuildResult, 'number' | 'digest'>;

/** What runs in an environment now, as far as it was proven, and why. */
export function rolloutLine(rollout: RolloutResult, result: Image): string {
  const { status, detail } = rollout;
  if (detail === '') return stateOf(rollout, result);
  // Their details say what runs there already: `exited with 1 · b41 is back`, `not started: dev was not proven`.
  if (status === 'rolled-back' || status === 'not-started') return detail;
  return `${stateOf(rollout, result)} · ${detail}`;
}

/** `b42`. A rollback may bring another image to each environment, so the rollout's own word counts first. */
export function imageName({ number, digest }: RolloutResult, result: Image): string {
  if (number !== null) return `b${number}`;
  if (result.number !== null && (digest === null || digest === result.digest)) return `b${result.number}`;
  return digest === null ? 'the image' : `sha256:${shortDigest(digest)}…`;
}

function stateOf(rollout: RolloutResult, result: Image): string {
  const image = imageName(rollout, result);
  switch (rollout.status) {
    case 'succeeded':
      return `${image} runs${rollout.replicas > 1 ? ` in ${rollout.replicas} replicas` : ''}`;
    case 'failed':
      return rollout.error?.code === 'ROLLBACK_FAILED'
        ? 'NOT KNOWN what runs, look now'
        : `${image} is not proven to run`;
    case 'rolled-back':
      return `${previousImage(rollout)} runs again`;
    case 'skipped':
      return 'not touched';
    case 'same-cluster':
      return 'not rolled out twice';
    case 'exported':
      return `${image} is exported, not yet loaded`;
    default:
      return 'not started, runs what it ran before';
  }
}

function previousImage(rollout: RolloutResult): string {
  if (rollout.previous === null) return 'what ran before';
  const { number, digest } = rollout.previous;
  return number === null ? `sha256:${shortDigest(digest)}…` : `b${number}`;
}
