import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TargetPlan } from '../../ports/target.ts';
import { chooseKubeconfig } from './kubeconfig-choice.ts';
import { ACCOUNT_DIR } from './kubeconfig.ts';

/**
 * What makes kubectl mean the same cluster, for commands that are there to be pasted: a kubeconfig that is named, and the
 * context. What kubectl finds by itself is left out.
 */
export function kubectlWords(
  target: TargetPlan,
  {
    environment,
    accountDir = ACCOUNT_DIR,
  }: {
    environment: Readonly<Record<string, string | undefined>>;
    accountDir?: string;
  },
): readonly string[] {
  const { kubeconfig, context } = target.kubernetes;
  const choice = chooseKubeconfig({ kubeconfig, environment, isInPod: existsSync(join(accountDir, 'token')) });
  if (choice.kind === 'in-cluster') return [];
  const [path] = choice.paths;
  return [
    ...(choice.from === 'configuration' && path !== undefined ? ['--kubeconfig', path] : []),
    ...(context === null ? [] : ['--context', context]),
  ];
}
