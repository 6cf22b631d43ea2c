import type { BuildPlan } from '../plan/build-plan.ts';
import type { SessionContext } from './session.ts';

/** What healing needs to know of its build. */
export interface HealerParts {
  readonly plan: BuildPlan;
  readonly context: SessionContext;
}
