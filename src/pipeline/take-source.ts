import type { BuildPlan } from '../plan/build-plan.ts';
import type { SourceTree } from '../ports/sources.ts';
import { checkout } from './checkout.ts';
import type { SessionContext } from './session.ts';
import { runStage } from './stage.ts';

/** A few newest of those that pushed an image: reading a record takes a while. */
const LOOKED_AT = 4;
/** As many as a work tree tells. */
const MOST_COMMITS = 100;

/** The checkout stage: the work tree at the tip of the branch, or where this build was before it crashed. */
export async function takeSource(plan: BuildPlan, context: SessionContext): Promise<SourceTree> {
  const { build, note, ports } = context;
  return runStage(context, 'checkout', async () => {
    const before = await lastBuilt(plan, context);
    const tree = await checkout(plan, context, { commit: build.commit, since: before?.commit ?? null });
    const { commit, subject } = tree.head;
    note({ commit });
    const [since] = await Promise.all([
      before === null ? '' : sinceText({ tree, before, signal: context.signal }),
      ports.store.recordFacts(build, { commit }),
    ]);
    return { value: tree, detail: `${commit.slice(0, 7)} ${subject}${since}` };
  });
}

interface LastBuilt {
  readonly number: number;
  readonly commit: string;
}

/** The last build of the service and site that was pushed, as far as this machine knows. */
async function lastBuilt(plan: BuildPlan, { ports }: SessionContext): Promise<LastBuilt | null> {
  const { service, site } = plan;
  const records = await ports.store.find({ service, site, pushed: true, limit: LOOKED_AT });
  for (const { command, number, commit, digest } of records) {
    if (command === 'build' && number !== null && commit !== null && digest !== null) return { number, commit };
  }
  return null;
}

/** ` (2 commits since b41)`; nothing where the history was rewritten or cannot be read. */
async function sinceText(from: { tree: SourceTree; before: LastBuilt; signal: AbortSignal }): Promise<string> {
  const { tree, before, signal } = from;
  if (tree.head.commit === before.commit) return ` (same as b${String(before.number)})`;
  const commits = await tree.commitsSince(before.commit, signal).catch(() => null);
  if (commits === null) return ` (not a successor of b${String(before.number)})`;
  const count = commits.length >= MOST_COMMITS ? `${String(MOST_COMMITS)} or more` : String(commits.length);
  return ` (${count} ${commits.length === 1 ? 'commit' : 'commits'} since b${String(before.number)})`;
}
