import { messageOf } from '../errors/xgen-error.ts';
import { nameOf } from './rollout-text.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { TargetPlan, TargetState, Targets } from '../ports/target.ts';
import type { Digest } from '../values/image-reference.ts';

/** What the targets of a site use, or why that is not known. */
export interface SiteUse {
  readonly site: string;
  /** Digests that run or ran well last, with the words that say so. */
  readonly used: ReadonlyMap<Digest, string>;
  /** Targets that could not be asked; then nothing of the site may go. */
  readonly unknown: readonly string[];
}

/** Asks every target of every service of a site. Never throws but the signal's reason. */
export async function readSiteUse(read: {
  readonly site: string;
  /** Of the site; with all environments. */
  readonly plans: readonly BuildPlan[];
  readonly targets: Targets;
  readonly signal: AbortSignal;
}): Promise<SiteUse> {
  const { site, plans, targets, signal } = read;
  const all = plans.flatMap((plan) => plan.targets);
  const answers = await Promise.all(all.map(async (target) => askTarget(targets, target, signal)));
  signal.throwIfAborted();
  const used = new Map<Digest, string>();
  for (const [index, answer] of answers.entries()) {
    const target = all[index];
    if (target !== undefined && answer.state !== null) addUse(used, target, answer.state);
  }
  return { site, used, unknown: [...new Set(answers.flatMap(({ why }) => (why === null ? [] : [why])))] };
}

type Answer = { readonly state: TargetState; readonly why: null } | { readonly state: null; readonly why: string };

async function askTarget(targets: Targets, target: TargetPlan, signal: AbortSignal): Promise<Answer> {
  try {
    return { state: await targets(target.kind).inspect(target, signal), why: null };
  } catch (error) {
    return { state: null, why: `${target.env} cannot be asked: ${messageOf(error)}` };
  }
}

function addUse(used: Map<Digest, string>, { env, deployment }: TargetPlan, state: TargetState): void {
  if (state.status === 'missing') return;
  for (const digest of state.runs) used.set(digest, `runs in ${env} as ${deployment}`);
  // Newest first: the one that a rollback goes back to.
  const [last] = state.proven;
  if (last !== undefined && !used.has(last.digest)) used.set(last.digest, `${nameOf(last)} ran well in ${env} last`);
}
