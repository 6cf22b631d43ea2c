import type { BuildEvent } from '../ports/events.ts';
import type { BuiltImage } from '../ports/builder.ts';
import type { BuildResult } from '../ports/result.ts';
import type { InfraState, SourceTree } from '../ports/sources.ts';
import { destinationOf, type BuildPlan } from '../plan/build-plan.ts';
import { check, type Checked } from './check.ts';
import { cleanUp, type Taken } from './cleanup.ts';
import type { Ports } from './context.ts';
import { makeImage } from './make-image.ts';
import type { PushResult } from './push.ts';
import { pushImage } from './push-image.ts';
import { rollOut } from './rollout.ts';
import { endOfRollouts } from './rollout-status.ts';
import { runSession, type SessionContext, type SessionEnd } from './session.ts';
import { takeSource } from './take-source.ts';
import { together } from './together.ts';

/** All that a build needs to know: the resolved plan and the infra commit. Nothing below reads configuration. */
export interface BuildRequest {
  readonly plan: BuildPlan;
  readonly infra: InfraState;
  /** `jiwon@ci-7` */
  readonly startedBy: string;
}

/**
 * The engine: builds one service of one site, pushes it and rolls it out. Command line, CI and server only call it.
 * Never rejects: a failure is a result with an error, and cleanup has happened.
 */
export async function runBuild(
  request: BuildRequest,
  outside: { ports: Ports; signal: AbortSignal; onEvent: (event: BuildEvent) => void },
): Promise<BuildResult> {
  const { plan, infra, startedBy } = request;
  const header = { service: plan.service, site: plan.site, parameters: plan.parameters, infra, startedBy };
  return runSession({ header, command: 'build', destination: destinationOf(plan) }, outside, async (context) => {
    for (const message of plan.warnings) context.emit({ kind: 'warning', stage: 'plan', message });
    return journey(plan, context);
  });
}

/** The stops in order. What was taken is given back before the rollouts, and however it ends. */
async function journey(plan: BuildPlan, context: SessionContext): Promise<SessionEnd> {
  const taken: { tree: SourceTree | null; image: BuiltImage | null } = { tree: null, image: null };
  let checked: Checked;
  let pushed: PushResult;
  try {
    [checked, taken.tree] = await checkAndCheckout(plan, context);
    const made = await makeImage({ plan, context, checked, tree: taken.tree });
    taken.image = made.image;
    pushed = await pushImage({ plan, context, checked, made });
  } finally {
    await cleanUp(context, taken satisfies Taken);
  }
  const { number, digest } = pushed;
  const image = { number, digest, commit: taken.tree.head.commit };
  const rollouts = await rollOut({ plan, context, checked: checked.targets, image });
  return endOfRollouts(rollouts, plan);
}

/** Side by side: the one asks registry and targets, the other the git server. */
async function checkAndCheckout(plan: BuildPlan, context: SessionContext): Promise<[Checked, SourceTree]> {
  return together(context.signal, {
    first: async (signal) => check(plan, { ...context, signal }),
    second: async (signal) => takeSource(plan, { ...context, signal }),
    undo: async (tree) => tree.release(),
  });
}
