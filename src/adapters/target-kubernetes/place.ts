import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Registries } from '../../ports/registry.ts';
import type { TargetPlan } from '../../ports/target.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import type { Transport } from './transport.ts';

/** A cluster, open for requests. */
export interface Cluster {
  readonly transport: Transport;
  /** `https://10.0.0.1:6443` */
  readonly server: string;
  /** Fingerprint of the authority that its certificate is checked by; null: those of this machine. */
  readonly authority: string | null;
  /** Words of kubectl that mean this cluster: `--context prd`. */
  readonly kubectl: readonly string[];
}

/** One target in its cluster. */
export interface Place {
  readonly target: TargetPlan;
  readonly cluster: Cluster;
  readonly tools: Tools;
}

/** What every step is handed. */
export interface Tools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registries: Registries;
  /** Who this process is, written onto what it changes. */
  readonly identity: ProcessIdentity;
}
