import type { Rule } from '../healing/rule.ts';
import type { Builder } from '../ports/builder.ts';
import type { Clock } from '../ports/clock.ts';
import type { Credentials } from '../ports/credentials.ts';
import type { Emit } from '../ports/events.ts';
import type { Logger } from '../ports/logger.ts';
import type { Redactor } from '../ports/redactor.ts';
import type { Registries } from '../ports/registry.ts';
import type { ReadSecret } from '../ports/secrets.ts';
import type { Sources } from '../ports/sources.ts';
import type { ClaimedBuild, Store } from '../ports/store.ts';
import type { Targets } from '../ports/target.ts';
import type { Upkeep } from '../ports/upkeep.ts';

/** The outside world as one record, made by the composition root alone. */
export interface Ports {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly credentials: Credentials;
  readonly sources: Sources;
  readonly builder: Builder;
  readonly upkeep: Upkeep;
  /** The table of failures, without what was taken out of it for this run. */
  readonly rules: readonly Rule[];
  readonly registries: Registries;
  readonly store: Store;
  readonly readSecret: ReadSecret;
  readonly targets: Targets;
}

/** What every stage of one claimed build is handed. */
export interface StageContext {
  readonly ports: Ports;
  readonly build: ClaimedBuild;
  readonly startedBy: string;
  readonly emit: Emit;
  /** Aborted with an AbortReason: canceled, lost, superseded, timeout, draining. */
  readonly signal: AbortSignal;
}
