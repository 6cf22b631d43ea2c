import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { messageOf, UsageError } from '../../errors/xgen-error.ts';
import type { TargetPlan } from '../../ports/target.ts';
import { chooseKubeconfig, type KubeconfigChoice } from './kubeconfig-choice.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where Kubernetes mounts a pod's own account. */
export const ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface LoadedKubeconfig {
  readonly config: KubeConfig;
  readonly choice: KubeconfigChoice;
  /** The context that is used; null in a pod. */
  readonly context: string | null;
}

/**
 * The cluster of a target, by the official client's reading of kubeconfig files: certificates, tokens, token files, exec
 * plugins and OIDC. Throws KUBECONFIG_INVALID for a file that is missing or unreadable, and where nobody says which of
 * several contexts is meant.
 */
export async function loadKubeconfig(
  target: TargetPlan,
  { environment, accountDir = ACCOUNT_DIR }: { environment: Environment; accountDir?: string },
): Promise<LoadedKubeconfig> {
  const { kubeconfig, context } = target.kubernetes;
  const isInPod = existsSync(join(accountDir, 'token'));
  const choice = chooseKubeconfig({ kubeconfig, environment, isInPod });
  // Only a rollout to a cluster needs it: the client is not part of anybody else's start.
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  const config = new KubeConfig();
  if (choice.kind === 'in-cluster') {
    loadFromPod(config, choice.server, accountDir);
    return { config, choice, context: null };
  }
  readFiles(target, config, { choice, make: () => new KubeConfig() });
  config.setCurrentContext(chooseContext(target, config, { choice, context }));
  requireCluster(target, config);
  return { config, choice, context: config.getCurrentContext() };
}

function loadFromPod(config: KubeConfig, server: string, accountDir: string): void {
  const tokenFile = join(accountDir, 'token');
  config.loadFromOptions({
    clusters: [{ name: 'pod', server, caFile: join(accountDir, 'ca.crt'), skipTLSVerify: false }],
    users: [{ name: 'pod', authProvider: { name: 'tokenFile', config: { tokenFile } } }],
    contexts: [{ name: 'pod', cluster: 'pod', user: 'pod' }],
    currentContext: 'pod',
  });
}

type Files = Extract<KubeconfigChoice, { kind: 'files' }>;

/** Of several files of KUBECONFIG those that are there, as kubectl does it; the first word of a name counts. */
function readFiles(
  target: TargetPlan,
  config: KubeConfig,
  { choice, make }: { choice: Files; make: () => KubeConfig },
): void {
  const there = choice.paths.filter((path) => existsSync(path));
  if (there.length === 0) throw missing(target, choice);
  for (const [index, path] of there.entries()) {
    const read = index === 0 ? config : make();
    try {
      read.loadFromFile(path);
      if (index > 0) config.mergeConfig(read, config.getCurrentContext() !== undefined);
    } catch (error) {
      throw invalid(target, {
        message: `the kubeconfig ${path} cannot be read: ${messageOf(error)}`,
        hint: `see what kubectl says of it: kubectl --kubeconfig ${path} config view`,
      });
    }
  }
}

function chooseContext(
  target: TargetPlan,
  config: KubeConfig,
  { choice, context }: { choice: Files; context: string | null },
): string {
  const names = config.getContexts().map(({ name }) => name);
  const files = choice.paths.join(', ');
  const key = `environments.${target.env}.server.context`;
  if (context !== null) {
    if (names.includes(context)) return context;
    throw invalid(target, {
      message: `${files} has no context ${context}`,
      hint: names.length === 0 ? `it has none at all` : `it has ${names.join(', ')}: correct ${key}`,
    });
  }
  const [only, ...others] = names;
  if (only === undefined) throw invalid(target, { message: `${files} has no context`, hint: `name one with ${key}` });
  if (others.length === 0) return only;
  const current: unknown = config.getCurrentContext();
  const isNamed = choice.from === 'configuration';
  if (isNamed && typeof current === 'string' && names.includes(current)) return current;
  throw invalid(target, {
    message: `${files} has ${String(names.length)} contexts (${names.join(', ')}), and nothing says which is ${target.env}`,
    hint: `name it: ${key} in environments.yaml`,
  });
}

function requireCluster(target: TargetPlan, config: KubeConfig): void {
  const context = config.getCurrentContext();
  if (config.getCurrentCluster() === null) {
    throw invalid(target, {
      message: `the context ${context} names a cluster that the kubeconfig does not have`,
      hint: 'kubectl config view shows what it has',
    });
  }
  if (config.getCurrentUser() === null) {
    throw invalid(target, {
      message: `the context ${context} names a user that the kubeconfig does not have`,
      hint: 'kubectl config view shows what it has',
    });
  }
}

function missing(target: TargetPlan, { paths, from }: Files): UsageError {
  const key = `environments.${target.env}.server.kubeconfig`;
  const texts = {
    configuration: `the kubeconfig ${paths.join(', ')} of ${key} is not there`,
    KUBECONFIG: `none of the files of KUBECONFIG is there: ${paths.join(', ')}`,
    home: `${key} is empty, this is not a pod, KUBECONFIG is not set, and ${paths.join(', ')} is not there`,
  };
  return invalid(target, {
    message: texts[from],
    hint:
      from === 'configuration' ? `put the file there, or correct ${key}` : `set KUBECONFIG, or name the file: ${key}`,
  });
}

function invalid(target: TargetPlan, { message, hint }: { message: string; hint: string }): UsageError {
  return new UsageError({
    code: 'KUBECONFIG_INVALID',
    message: `${target.env}: ${message}`,
    hint,
    facts: { env: target.env },
  });
}
