import type { ErrorCode } from '../../errors/codes.ts';

export interface PullFailure {
  /** The node's own words. */
  readonly words: string;
  readonly reason: string;
  /** `host/path:tag` */
  readonly image: string;
  /** Names of the pod's pull secrets. */
  readonly pullSecrets: readonly string[];
  readonly namespace: string;
}

export interface PullVerdict {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  /** False where another try of the node may well succeed. */
  readonly isCertain: boolean;
}

interface Row {
  readonly pattern: RegExp;
  readonly code?: ErrorCode;
  readonly isCertain?: boolean;
  readonly message: (failure: PullFailure) => string;
  readonly hint: (failure: PullFailure) => string;
}

function hostOf({ image }: PullFailure): string {
  return image.split('/')[0] ?? image;
}

/** Texts of kubelet and containerd, in the order in which they are tried. Samples are in the test beside it. */
const TABLE: readonly Row[] = [
  {
    pattern: /no match for platform|no matching manifest|does not match the (?:specified|expected) platform/i,
    code: 'ROLLOUT_WRONG_ARCH',
    message: ({ image }) => `${image} is not there for the architecture of the node`,
    hint: () => 'build it for the architecture of the nodes: --arch arm64, or --arch amd64',
  },
  {
    pattern: /InvalidImageName|invalid reference format|couldn't parse image/i,
    message: ({ image }) => `${image} is no name of an image`,
    hint: () => 'see registry.…pullHost in project.yaml',
  },
  {
    pattern: /ErrImageNeverPull|Never policy/i,
    code: 'ROLLOUT_PULL_POLICY',
    message: ({ image }) => `the node may not pull ${image}: imagePullPolicy is Never`,
    hint: () => 'set imagePullPolicy: Always in the manifest of the workload',
  },
  {
    pattern: /HTTP response to HTTPS client/i,
    message: (failure) => `the registry ${hostOf(failure)} speaks plain HTTP, and the node expects HTTPS`,
    hint: (failure) =>
      `tell containerd on every node: /etc/containerd/certs.d/${hostOf(failure)}/hosts.toml with server = "http://${hostOf(failure)}"`,
  },
  {
    pattern: /x509:|certificate/i,
    message: (failure) => `the node does not trust the certificate of the registry ${hostOf(failure)}`,
    hint: (failure) =>
      `put the CA's certificate onto every node and name it in /etc/containerd/certs.d/${hostOf(failure)}/hosts.toml (ca = …)`,
  },
  {
    pattern:
      /\b401\b|\b403\b|unauthorized|authentication required|no basic auth|authorization failed|access denied|insufficient_scope|forbidden|\bdenied\b/i,
    message: (failure) =>
      failure.pullSecrets.length === 0
        ? `the registry ${hostOf(failure)} wants a login, and the pod has no pull secret`
        : `the registry ${hostOf(failure)} does not let the pull secret ${failure.pullSecrets.join(', ')} read ${failure.image}, or that secret is not there`,
    hint: (failure) =>
      failure.pullSecrets.length === 0
        ? `kubectl -n ${failure.namespace} create secret docker-registry NAME --docker-server=${hostOf(failure)} …, and name it in the workload: spec.template.spec.imagePullSecrets`
        : `see whether it is there: kubectl -n ${failure.namespace} get secret ${failure.pullSecrets.join(' ')}; and give its login the right to read`,
  },
  {
    pattern: /\bnot found\b|manifest.unknown|name.unknown|\b404\b|does not exist/i,
    message: ({ image }) => `${image} is not in the registry`,
    hint: () =>
      'see whether the nodes reach the same registry as xgen-build pushes to: registry.…pullHost in project.yaml',
  },
  {
    pattern:
      /no such host|dial tcp|i\/o timeout|connection re(?:fused|set)|handshake|timeout|deadline exceeded|EOF|unexpected status.*5\d\d|too ?many ?requests|\b429\b|RegistryUnavailable/i,
    isCertain: false,
    message: (failure) => `the node cannot get ${failure.image} from the registry ${hostOf(failure)}`,
    hint: (failure) =>
      `see that ${hostOf(failure)} is right (registry.…pullHost in project.yaml) and that the nodes reach it`,
  },
];

/** What it means that a node cannot pull, in words of the person who reads it. */
export function judgePull(failure: PullFailure): PullVerdict {
  const text = `${failure.reason} ${failure.words}`;
  const row = TABLE.find(({ pattern }) => pattern.test(text));
  return {
    code: row?.code ?? 'ROLLOUT_PULL_FAILED',
    message: row?.message(failure) ?? `the node cannot pull ${failure.image}`,
    hint: row?.hint(failure) ?? 'read the words of the node below',
    isCertain: row === undefined ? false : (row.isCertain ?? true),
  };
}
