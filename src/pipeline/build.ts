import type { BuildPlan } from '../plan/build-plan.ts';
import type { BuiltImage } from '../ports/builder.ts';
import { buildEvents } from './build-events.ts';
import { buildInputOf, loginFinder } from './build-input.ts';
import type { StageContext } from './context.ts';

export interface BuildOrder {
  readonly plan: BuildPlan;
  readonly context: StageContext;
  /** The stage whose events tell what happens. */
  readonly stage: string;
  readonly noCache: boolean;
  readonly sharedKey: string;
  /** Absolute path of the context, with the overlay laid over it. */
  readonly contextDirectory: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Builds the image and tells what happens as events of its stage. Throws as Builder.build says. */
export async function buildImage(order: BuildOrder): Promise<BuiltImage> {
  const { plan, context, stage } = order;
  const { builder, credentials, readSecret, redactor } = context.ports;
  const loginFor = loginFinder(plan, credentials);
  const input = buildInputOf({ ...order, buildId: context.build.id, loginFor, readSecret });
  return builder.build(input, { signal: context.signal, onProgress: buildEvents(stage, context.emit), redactor });
}
