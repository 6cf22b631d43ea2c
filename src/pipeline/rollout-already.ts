import type { TargetImage } from '../ports/target.ts';
import type { CheckedTarget } from './check-targets.ts';
import type { OneEnd } from './rollout-one.ts';

/**
 * The end of a rollout that need not begin: the target was read a moment ago, and the image runs there, was proven there
 * and is the right site's. Null where anything else is the case.
 */
export function runsAlready({ target, state }: CheckedTarget, { digest }: TargetImage): OneEnd | null {
  if (state.status === 'missing' || !state.running || !state.isProven) return null;
  if (state.digest !== digest || state.site !== target.site) return null;
  const proof = { digest, replicas: state.replicas, detail: 'was proven when it was rolled out' };
  return { before: state, outcome: { kind: 'proven', proof, isSame: true, open: null } };
}
