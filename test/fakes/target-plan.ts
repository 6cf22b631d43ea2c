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
    concurrency: 2,
    repository: { host: 'registry.test', path: 'xgen/main/xgen-core' },
    registry: { host: 'registry.test', apiHost: 'registry.test', pullHost: 'registry.test', credentialId: null },
    movingTag: 'latest-amd64',
    arch: 'amd64',
    docker: { host: null, project: 'xgen-dev', publish: null },
    kubernetes: { kubeconfig: '', context: null, argocdApp: null },
    ...changes,
  };
}
