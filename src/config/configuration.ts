import type { OnFailure, RolloutStrategy, TargetKind, TargetPlan } from '../ports/target.ts';

/** The three files, checked and complete: every default is filled in, nothing is left to guess. Deeply read-only. */
export interface Configuration {
  /** Absolute path of the folder of the three files. */
  readonly configDir: string;
  /** Absolute path of its parent: paths in the files are relative to it. */
  readonly infraRoot: string;
  readonly project: {
    readonly name: string;
    readonly platform: string;
    readonly group: string;
    readonly infraRepo: string | null;
  };
  readonly forge: {
    readonly kind: 'gitlab' | 'github';
    /** Without a slash at its end. */
    readonly url: string;
    readonly credentialId: string | null;
  };
  /** At least one of the two is there. */
  readonly registry: {
    readonly nexus: RegistryConfiguration | null;
    readonly local: (RegistryConfiguration & { readonly includeSite: boolean }) | null;
  };
  readonly kubernetes: { readonly namespace: string };
  readonly sites: readonly string[];
  readonly siteRegistries: Readonly<Record<string, RegistryConfiguration>>;
  readonly build: {
    readonly pull: boolean;
    readonly args: Readonly<Record<string, string>>;
    readonly secrets: readonly SecretConfiguration[];
    readonly concurrency: number;
    readonly numberFloor: number;
  };
  readonly gc: { readonly keep: number; readonly keepDays: number };
  readonly notifications: {
    readonly slack: { readonly credentialId: string; readonly on: readonly NotifiedOutcome[] } | null;
  };
  readonly services: Readonly<Record<string, ServiceConfiguration>>;
  readonly environments: Readonly<Record<string, EnvironmentConfiguration>>;
}

export type NotifiedOutcome = 'failed' | 'recovered' | 'succeeded';

export interface RegistryConfiguration {
  readonly host: string;
  readonly pullHost: string;
  readonly apiHost: string;
  /** Null: no login. */
  readonly credentialId: string | null;
}

export type SecretConfiguration =
  /** An absolute path. */
  | { readonly id: string; readonly kind: 'file'; readonly path: string }
  | { readonly id: string; readonly kind: 'env'; readonly variable: string }
  | { readonly id: string; readonly kind: 'credential'; readonly credentialId: string };

export interface ServiceConfiguration {
  readonly name: string;
  readonly repo: string;
  /** Relative to the infra root, normalized. */
  readonly dockerfile: string;
  readonly port: number;
  readonly healthCheck: string;
  /** Relative to the repository, normalized. */
  readonly context: string;
  /** Null: the site. */
  readonly branch: string | null;
  readonly branches: Readonly<Record<string, string>>;
  readonly args: Readonly<Record<string, string>>;
  readonly secrets: readonly SecretConfiguration[];
  /** Null: the last stage. */
  readonly target: string | null;
  readonly submodules: boolean;
  readonly deployment: string;
  readonly container: string;
  readonly workload: TargetPlan['workload'];
  /** Null: all. */
  readonly environments: readonly string[] | null;
  /** Null: the environment's. */
  readonly rollout: { readonly timeoutMs: number | null; readonly onFailure: OnFailure | null };
}

/** A cluster and a namespace in it. */
export interface ClusterConfiguration {
  /** Absolute, or as `~/…`; empty: the cluster that the program runs in. */
  readonly kubeconfig: string;
  readonly context: string | null;
  readonly namespace: string;
}

export interface EnvironmentConfiguration extends ClusterConfiguration {
  readonly name: string;
  readonly target: TargetKind;
  /** Address of the server, for people. */
  readonly ip: string | null;
  readonly argocd: { readonly server: string | null; readonly appSuffix: string } | null;
  /** Null: all. */
  readonly sites: readonly string[] | null;
  readonly bySite: Readonly<Record<string, ClusterConfiguration>>;
  readonly sameAs: string | null;
  readonly protected: boolean;
  readonly requireProvenIn: string | null;
  readonly rollout: {
    readonly timeoutMs: number;
    readonly strategy: RolloutStrategy;
    readonly onFailure: OnFailure;
    readonly concurrency: number;
  };
  readonly docker: {
    /** Null: the engine that the docker client would find. */
    readonly host: string | null;
    readonly project: string;
    /** `ADDRESS:PORT` by service. */
    readonly publish: Readonly<Record<string, string>>;
  };
  readonly airgapped: { readonly exportDir: string | null; readonly registryHost: string | null };
}

/** The cluster and namespace of a site in an environment. */
export function clusterOf(environment: EnvironmentConfiguration, site: string): ClusterConfiguration {
  return Object.hasOwn(environment.bySite, site) ? (environment.bySite[site] ?? environment) : environment;
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
