import type { BuildPlan } from '../plan/build-plan.ts';
import type { CheckoutRequest, SourceTree } from '../ports/sources.ts';
import type { StageContext } from './context.ts';

/**
 * The service's source at the tip of the site's branch, or at exactly `commit` (a build that was taken over). The caller
 * releases the tree. Throws what `Sources.checkout` throws.
 */
export async function checkout(
  plan: BuildPlan,
  context: StageContext,
  { commit, since }: Pick<CheckoutRequest, 'commit' | 'since'>,
): Promise<SourceTree> {
  const { ports, signal, emit } = context;
  return ports.sources.checkout({
    source: plan.source,
    service: plan.service,
    site: plan.site,
    commit,
    since,
    signal,
    onProgress: (detail) => emit({ kind: 'stage-progress', stage: 'checkout', detail: ports.redactor.redact(detail) }),
  });
}
