import { spawn } from 'node:child_process';
import { createPrivateKey, createSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess } from '../processes.ts';
import { kubeconfig } from './certificates.ts';
import { writeRegistryHost } from './cluster-files.ts';
import { auditLog, processName, SERVICE_ACCOUNT_ISSUER, startPart, type ClusterDescription } from './cluster-parts.ts';
import { kubeApi, kubeWatch, type KubeCall, type KubeChange } from './kube-api.ts';
import { pathOf } from './programs.ts';
import { startApiServer } from './start-cluster.ts';

/** One of the lab's clusters, to its administrator. */
export interface LabCluster {
  readonly name: string;
  /** `https://127.0.0.1:21234` */
  readonly server: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfigFile: string;
  /** PEM. */
  readonly caFile: string;
  /** One request; resolves to the answer's JSON, and rejects with `KubeApiError`. */
  api(call: KubeCall): Promise<unknown>;
  /** Calls `onChange` for the objects at a path, then for each change of one as it comes. Resolves to what ends it. */
  watch<T>(path: string, onChange: (change: KubeChange<T>) => void): Promise<() => void>;
  /** Runs the real kubectl as administrator, or with another kubeconfig. Never rejects for its exit code. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlRun>;
  /** A kubeconfig for somebody with a token. */
  kubeconfigOf(of: { token: string; namespace?: string; server?: string }): string;
  /** A token of a service account that the cluster believes, or, with a negative number, no longer believes. */
  tokenOf(of: { namespace: string; account: string; uid: string; expiresInSeconds: number }): string;
  /** How this cluster's node reaches a registry from now on. */
  registryHost(host: string, server: string): void;
  /** What accounts of tests asked for so far. */
  requests(): readonly KubeRequest[];
  /** Crashes it; what runs goes on. */
  stopApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
  stopControllers(): Promise<void>;
  startControllers(): void;
}

export interface KubectlOptions {
  readonly input?: string;
  readonly kubeconfigFile?: string;
}

export interface KubectlRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line of the API server's audit log. */
export interface KubeRequest {
  /** `system:serviceaccount:NAMESPACE:NAME` */
  readonly user: string;
  readonly userAgent: string;
  readonly verb: string;
  readonly uri: string;
  readonly status: number;
}

/** A cluster that runs in the lab in `directory`. */
export function clusterAt(directory: string, cluster: ClusterDescription): LabCluster {
  const { folder, name } = cluster;
  const server = `https://127.0.0.1:${cluster.ports.api}`;
  const caFile = join(folder, 'pki', 'ca.crt');
  const kubeconfigFile = join(folder, 'admin.conf');
  return {
    name,
    server,
    kubeconfigFile,
    caFile,
    api: kubeApi({ folder, port: cluster.ports.api }),
    watch: (path, onChange) => kubeWatch({ folder, port: cluster.ports.api }, path, onChange),
    kubectl: (args, options = {}) =>
      runKubectl(args, { input: '', kubeconfigFile, cacheFolder: join(folder, 'kubectl'), ...options }),
    kubeconfigOf: ({ token, namespace, ...other }) =>
      kubeconfig({
        name,
        server: other.server ?? server,
        caFile,
        user: { token },
        ...(namespace === undefined ? {} : { namespace }),
      }),
    tokenOf: (of) => signToken(join(folder, 'pki', 'sa.key'), of),
    registryHost: (host, address) => writeRegistryHost({ folder, host, server: address }),
    requests: () => readAudit(auditLog(cluster)),
    stopApiServer: () => endProcess(directory, processName(cluster, 'apiserver'), { signal: 'SIGKILL' }),
    startApiServer: () => startApiServer(directory, cluster),
    stopControllers: () => endProcess(directory, processName(cluster, 'controller-manager'), { signal: 'SIGKILL' }),
    startControllers: () => startPart(directory, cluster, 'controller-manager'),
  };
}

function runKubectl(
  args: readonly string[],
  options: Required<KubectlOptions> & { cacheFolder: string },
): Promise<KubectlRun> {
  return new Promise((resolve, reject) => {
    const { PATH, HOME } = process.env;
    const child = spawn(pathOf('kubectl'), args, {
      env: { PATH, HOME, KUBECONFIG: options.kubeconfigFile, KUBECACHEDIR: options.cacheFolder },
    });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (chunk: string) => (output[stream] += chunk));
    child.on('error', reject);
    child.stdin.on('error', () => {});
    child.on('close', (code) => resolve({ exitCode: code ?? 128, ...output }));
    child.stdin.end(options.input);
  });
}

function signToken(
  keyFile: string,
  of: { namespace: string; account: string; uid: string; expiresInSeconds: number },
): string {
  const now = Math.floor(Date.now() / 1000);
  const { namespace, account, uid } = of;
  const claims = {
    iss: SERVICE_ACCOUNT_ISSUER,
    aud: [SERVICE_ACCOUNT_ISSUER],
    sub: `system:serviceaccount:${namespace}:${account}`,
    iat: now - 3_600,
    nbf: now - 3_600,
    exp: now + of.expiresInSeconds,
    'kubernetes.io': { namespace, serviceaccount: { name: account, uid } },
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  const key = createPrivateKey(readFileSync(keyFile));
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
}

function readAudit(file: string): KubeRequest[] {
  const requests = new Map<string, KubeRequest>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const event = JSON.parse(line) as AuditEvent;
    // A watch has a line when it begins and another when it ends.
    requests.set(event.auditID, {
      user: event.user.username,
      userAgent: event.userAgent ?? '',
      verb: event.verb,
      uri: event.requestURI,
      status: event.responseStatus?.code ?? 0,
    });
  }
  return [...requests.values()];
}

interface AuditEvent {
  readonly auditID: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user: { readonly username: string };
  readonly responseStatus?: { readonly code?: number };
}
