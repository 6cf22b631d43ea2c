import type { TargetPlan } from '../../src/ports/target.ts';

/** A complete target `dev` of xgen-core for main, with what a test changes. */
export function targetPlan(changes: Partial<TargetPlan> = {}): TargetPlan {
  return {
    env: 'dev',
    kind: 'docker',
    service: 'xgen-core',
    site: 'main',
    deployment: 'xgen-core',
    container: 'xgen-core',
    workload: 'deployment',
    namespace: 'xgen',
    health: { port: 8000, path: '/health' },
    timeoutMs: 10_000,
    strategy: 'restart',
    onFailure: 'fail',
    sameAs: null,
    protected: false,
    requireProvenIn: null,
    repository: { host: 'registry.test', path: 'xgen/main/xgen-core' },
    movingTag: 'latest-amd64',
    arch: 'amd64',
    docker: { host: null, project: 'xgen-dev', publish: null },
    kubernetes: { kubeconfig: '', context: null },
    ...changes,
  };
}
