import type { BuildResult, RolloutResult } from '../ports/result.ts';
import { shortDigest } from '../values/image-reference.ts';

/** What runs in an environment now, as far as it was proven, and why. */
export function rolloutLine(rollout: RolloutResult, result: Pick<BuildResult, 'number'>): string {
  return rollout.detail === '' ? stateOf(rollout, result) : `${stateOf(rollout, result)} · ${rollout.detail}`;
}

function stateOf(rollout: RolloutResult, result: Pick<BuildResult, 'number'>): string {
  const image = result.number === null ? 'the image' : `b${result.number}`;
  switch (rollout.status) {
    case 'succeeded':
      return `${image} runs${rollout.replicas > 1 ? ` in ${rollout.replicas} replicas` : ''}`;
    case 'failed':
      return rollout.error?.code === 'ROLLBACK_FAILED'
        ? 'NOT KNOWN what runs, look now'
        : `${image} is not proven to run`;
    case 'rolled-back':
      return `${previousImage(rollout)} runs again, not ${image}`;
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
  return number === null ? `sha256:${shortDigest(digest)}` : `b${number}`;
}
