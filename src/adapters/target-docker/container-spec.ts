import type Dockerode from 'dockerode';

/** Everything needed to make a container; it never restarts by itself until it is proven. */
export interface ContainerSpec {
  readonly create: Dockerode.ContainerCreateOptions;
  /** Networks beside the one that it is made in: engines before 25 take only one at creation. */
  readonly connect: readonly { readonly network: string; readonly endpoint: Dockerode.EndpointSettings }[];
  /** The restart policy that it gets once it is proven. */
  readonly restart: Dockerode.HostRestartPolicy;
}

export const NO_RESTART: Dockerode.HostRestartPolicy = { Name: 'no', MaximumRetryCount: 0 };

/** dockerode's types leave parts out, and say of others that they are never null: the engine does not keep to that. */
export function fullConfig(config: object): FullConfig {
  return config;
}

/** The configuration of a container or an image as engines really send it. */
export interface FullConfig {
  readonly Hostname?: string;
  readonly Domainname?: string;
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>> | null;
  readonly Tty?: boolean;
  readonly OpenStdin?: boolean;
  readonly StdinOnce?: boolean;
  readonly Env?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Entrypoint?: readonly string[] | string | null;
  readonly Volumes?: Readonly<Record<string, object>> | null;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Healthcheck?: object | null;
  readonly StopSignal?: string;
  readonly StopTimeout?: number | null;
  readonly MacAddress?: string;
  readonly Shell?: readonly string[] | null;
}
