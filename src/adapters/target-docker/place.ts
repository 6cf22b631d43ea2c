import type Dockerode from 'dockerode';
import type { TargetPlan } from '../../ports/target.ts';

/** What is used of an engine; the engine's adapter has more. */
export interface TargetEngine {
  readonly endpoint: {
    /** As a person writes it: `unix:///var/run/docker.sock`. */
    readonly address: string;
    /** True where the engine runs on this machine, so that containers' own addresses can be reached. */
    readonly isLocal: boolean;
    /** Host at which published ports are reached; null for a local socket. */
    readonly hostName: string | null;
  };
  docker(): Promise<Dockerode>;
}

/** One target on its engine, open for calls. */
export interface Place {
  readonly docker: Dockerode;
  readonly endpoint: TargetEngine['endpoint'];
  readonly target: TargetPlan;
}

/** The name of a container that is made new, and of one that compose does not know: `{project}-{deployment}`. */
export function plainName(target: TargetPlan): string {
  return `${target.docker.project}-${target.deployment}`;
}
