import { normalizeInnerPath } from '../values/paths.ts';
import { completeSecrets } from './complete-secrets.ts';
import type { ServiceConfiguration } from './configuration.ts';
import type { ServicesFile } from './schema-services.ts';

export function completeServices(infraRoot: string, file: ServicesFile): Record<string, ServiceConfiguration> {
  return Object.fromEntries(
    Object.entries(file.services).map(([name, service]): [string, ServiceConfiguration] => [
      name,
      {
        name,
        repo: service.repo,
        dockerfile: normalizeInnerPath(service.dockerfile),
        port: service.port,
        healthCheck: service.healthCheck,
        context: normalizeInnerPath(service.context),
        branch: service.branch ?? null,
        branches: service.branches,
        args: service.args,
        secrets: completeSecrets(infraRoot, service.secrets),
        target: service.target ?? null,
        submodules: service.submodules,
        deployment: service.deployment ?? name,
        container: service.container ?? name,
        workload: service.workload,
        environments: service.environments ?? null,
        rollout: { timeoutMs: service.rollout.timeout ?? null, onFailure: service.rollout.onFailure ?? null },
      },
    ]),
  );
}
