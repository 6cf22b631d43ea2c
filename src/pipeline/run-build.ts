import type { BuildEvent } from '../ports/events.ts';
import type { BuiltImage } from '../ports/builder.ts';
import type { BuildResult } from '../ports/result.ts';
import type { InfraState, SourceTree } from '../ports/sources.ts';
import { destinationOf, type BuildPlan } from '../plan/build-plan.ts';
import { check, type Checked } from './check.ts';
import { cleanUp, type Taken } from './cleanup.ts';
import type { Ports } from './context.ts';
import { createHealer, type Healer } from './heal.ts';
import { keepImage } from './keep-image.ts';
import { createLooks, type Looks } from './looks.ts';
import { makeImage } from './make-image.ts';
import { pushImage } from './push-image.ts';
import { rollOut } from './rollout.ts';
import type { RollOutRequest, RolloutImage } from './rollout-request.ts';
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

export interface BuildOutside {
  readonly ports: Ports;
  readonly signal: AbortSignal;
  readonly onEvent: (event: BuildEvent) => void;
  /** What builds of one run look at together; without it this one looks for itself. */
  readonly looks?: Looks;
}

/**
 * The engine: builds one service of one site, pushes it and rolls it out. Command line, CI and server only call it.
 * Never rejects: a failure is a result with an error, and cleanup has happened.
 */
export async function runBuild(request: BuildRequest, outside: BuildOutside): Promise<BuildResult> {
  const { plan, infra, startedBy } = request;
  const header = { service: plan.service, site: plan.site, parameters: plan.parameters, infra, startedBy };
  return runSession({ header, command: 'build', destination: destinationOf(plan) }, outside, async (context) => {
    for (const message of plan.warnings) context.emit({ kind: 'warning', stage: 'plan', message });
    return journey(plan, context, outside.looks ?? createLooks(outside.signal));
  });
}

/** The stops in order. Where nothing changed, from the check straight to the rollouts. */
async function journey(plan: BuildPlan, context: SessionContext, looks: Looks): Promise<SessionEnd> {
  const { checked, image } = await takeImage(plan, context, looks);
  const keepsRunning = checked.kind === 'unchanged';
  const request: RollOutRequest = { plan, context, checked: checked.targets, image, keepsRunning };
  return endOfRollouts(await rollOut(request), plan);
}

/** The image that is there, or a new one. What was taken is given back before the rollouts, and however it ends. */
async function takeImage(
  plan: BuildPlan,
  context: SessionContext,
  looks: Looks,
): Promise<{ checked: Checked; image: RolloutImage }> {
  const taken: { tree: SourceTree | null; image: BuiltImage | null } = { tree: null, image: null };
  const healer = createHealer({ plan, context });
  try {
    const { checked, tree } = await checkAndCheckout({ plan, context, healer }, looks);
    taken.tree = tree;
    if (checked.kind === 'unchanged' || tree === null) {
      if (checked.kind === 'build') throw new TypeError('a build that was decided on has its source');
      return { checked, image: await keepImage({ plan, context, unchanged: checked }) };
    }
    const made = await makeImage({ plan, context, looks, checked, tree, healer });
    taken.image = made.image;
    const { number, digest } = await pushImage({ plan, context, checked, made, healer });
    return { checked, image: { number, digest, commit: tree.head.commit } };
  } finally {
    await Promise.all([cleanUp(context, taken satisfies Taken), healer.release()]);
  }
}

/**
 * Side by side: the one asks registry and targets, the other brings the source, as soon as it is needed or nearly certain
 * to be.
 */
async function checkAndCheckout(
  { plan, context, healer }: { plan: BuildPlan; context: SessionContext; healer: Healer },
  looks: Looks,
): Promise<{ checked: Checked; tree: SourceTree | null }> {
  const needsSource = Promise.withResolvers<boolean>();
  const [checked, tree] = await together(context.signal, {
    first: async (signal) =>
      check({ plan, context: { ...context, signal }, looks, onDecided: (needed) => needsSource.resolve(needed) }),
    second: async (signal) => {
      if (!(await needsSource.promise)) return null;
      healer.ask();
      return takeSource(plan, { ...context, signal });
    },
    undo: async (taken) => taken?.release(),
  });
  return { checked, tree };
}
