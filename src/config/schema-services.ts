import { z } from 'zod';
import {
  BRANCH_NAME,
  ENVIRONMENT_NAME,
  KUBERNETES_LABEL,
  KUBERNETES_NAME,
  REPOSITORY_NAME,
  SERVICE_NAME,
  SITE_NAME,
  STAGE_NAME,
} from '../values/names.ts';
import { innerPathProblem, normalizeInnerPath } from '../values/paths.ts';
import { checkedText, duration, name, namesList, path, wholeNumber } from './fields.ts';
import { BuildArgs, BuildSecrets } from './schema-build.ts';

export const ON_FAILURE = ['warn', 'fail', 'rollback'] as const;
export const WORKLOADS = ['deployment', 'statefulset', 'daemonset'] as const;

/** Path of a health check: asked of the container itself, so it must not be able to name another host. */
function healthCheckProblem(text: string): string | null {
  if (!text.startsWith('/')) return 'expected a path that begins with "/"';
  if (text.startsWith('//')) return 'begins with "//", which would name another host';
  return /^\/[\x21-\x5B\x5D-\x7E]*$/.test(text) ? null : 'holds a space, a backslash or a character outside ASCII';
}

function dockerfileProblem(text: string): string | null {
  const isFolder = text.endsWith('/') || normalizeInnerPath(text) === '.';
  return innerPathProblem(text) ?? (isFolder ? 'it names a folder, not a Dockerfile' : null);
}

const Service = z.strictObject({
  repo: name(REPOSITORY_NAME).describe('Repository of the source, below `project.group`, without `.git`.'),
  dockerfile: path(dockerfileProblem).describe('Dockerfile of the service, relative to the infra root and inside it.'),
  port: wholeNumber(1, 65_535).describe('Port on which the container listens.'),
  healthCheck: checkedText(healthCheckProblem, /^\/(?!\/).*$/).describe(
    'Path that answers 2xx or 3xx on `port` when the service is healthy.',
  ),
  context: path(innerPathProblem).default('.').describe('Build context, a folder inside the repository (monorepos).'),
  branch: name(BRANCH_NAME).optional().describe('One branch for all sites. Default: the site.'),
  branches: z
    .record(name(SITE_NAME), name(BRANCH_NAME))
    .default({})
    .describe('Branches of single sites where they differ: `{aww: release/aww}`. They win over `branch`.'),
  args: BuildArgs.default({}).describe('Build arguments; they win over those of project.yaml.'),
  secrets: BuildSecrets.default([]).describe('BuildKit secrets; they replace those of project.yaml with the same id.'),
  target: name(STAGE_NAME).optional().describe('Stage of the Dockerfile that is built. Default: the last one.'),
  submodules: z.boolean().default(false).describe('Fetch submodules, from the same host only.'),
  deployment: name(KUBERNETES_NAME).optional().describe("Name of the deployment. Default: the service's name."),
  container: name(KUBERNETES_LABEL).optional().describe("Container in the deployment. Default: the service's name."),
  workload: z.enum(WORKLOADS).default('deployment').describe('What kind of object runs it.'),
  environments: namesList(ENVIRONMENT_NAME)
    .optional()
    .describe('Environments that it is deployed to (a GPU model: prd only). Default: all.'),
  rollout: z
    .strictObject({
      timeout: duration()
        .optional()
        .describe("How long a rollout may take; for a service that starts slowly. Default: the environment's."),
      onFailure: z
        .enum(ON_FAILURE)
        .optional()
        .describe("What a failed rollout means; for a service that migrates its database. Default: the environment's."),
    })
    .prefault({})
    .describe("What differs from the environment's `rollout`."),
});

/** services.yaml: what is built. */
export const ServicesFile = z.strictObject({
  services: z.record(name(SERVICE_NAME), Service).describe('Services by name. A new service is one block here.'),
});
export type ServicesFile = z.output<typeof ServicesFile>;
