import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import type { FetchHealth } from './ask-health.ts';

/** What the steps of a rollout are handed beside the place. */
export interface TargetTools {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Who this process is, written onto what it makes. */
  readonly identity: ProcessIdentity;
  readonly fetchHealth: FetchHealth;
}
