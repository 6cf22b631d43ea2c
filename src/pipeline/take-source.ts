import type { BuildPlan } from '../plan/build-plan.ts';
import type { SourceTree } from '../ports/sources.ts';
import { checkout } from './checkout.ts';
import type { SessionContext } from './session.ts';
import { runStage } from './stage.ts';

/** The checkout stage: the work tree at the tip of the branch, or where this build was before it crashed. */
export async function takeSource(plan: BuildPlan, context: SessionContext): Promise<SourceTree> {
  const { build, note, ports } = context;
  return runStage(context, 'checkout', async () => {
    const tree = await checkout(plan, context, build.commit);
    const { commit, subject } = tree.head;
    note({ commit });
    await ports.store.recordFacts(build, { commit });
    return { value: tree, detail: `${commit.slice(0, 7)} ${subject}` };
  });
}
