import { z } from 'zod';
import { engineAddressProblem, parseHostPort, publishProblem, registryHostProblem } from '../values/addresses.ts';
import {
  COMPOSE_PROJECT,
  CONTEXT_NAME,
  ENVIRONMENT_NAME,
  KUBERNETES_LABEL,
  SERVICE_NAME,
  SITE_NAME,
} from '../values/names.ts';
import { machinePathProblem } from '../values/paths.ts';
import { checkedText, duration, name, namesList, path, wholeNumber } from './fields.ts';
import { ON_FAILURE } from './schema-services.ts';

export const TARGET_KINDS = ['kubernetes', 'docker', 'airgapped'] as const;
export const STRATEGIES = ['restart', 'pin'] as const;

function kubeconfigProblem(text: string): string | null {
  // The home folder is that of whoever runs the program, and is put in where the file is read.
  return text === '' ? null : machinePathProblem(text.startsWith('~/') ? text.slice(2) : text);
}

const kubeconfig = () => path(kubeconfigProblem);

const hostPort = (example: string) =>
  checkedText((text) => (parseHostPort(text) === null ? `expected a host and a port, such as ${example}` : null));

const SiteCluster = z.strictObject({
  kubeconfig: kubeconfig().optional().describe("Kubeconfig of the site's cluster. Default: the environment's."),
  context: name(CONTEXT_NAME).optional().describe("Context in that kubeconfig. Default: the environment's."),
  namespace: name(KUBERNETES_LABEL).optional().describe("Namespace of the site. Default: the environment's."),
});

const Airgapped = z.strictObject({
  exportDir: path(machinePathProblem)
    .optional()
    .describe('Folder for the files: absolute, or relative to the infra root and inside it. Default: none.'),
  registry: z
    .strictObject({
      host: checkedText(registryHostProblem).describe('Registry on the far side, that the images are pushed to there.'),
    })
    .optional()
    .describe('Where the images go after the files were carried over. Default: none.'),
});

const Server = z.strictObject({
  ip: hostPort('192.168.2.244').optional().describe('Address of the server, for people. Default: none.'),
  kubeconfig: kubeconfig()
    .default('')
    .describe('Kubeconfig file: absolute, `~/…`, or relative to the infra root. Empty: the cluster it runs in.'),
  context: name(CONTEXT_NAME).optional().describe('Context in the kubeconfig. Default: its current one.'),
});

const Rollout = z.strictObject({
  timeout: duration().prefault('120s').describe('How long a rollout may take until the new image is healthy.'),
  strategy: z
    .enum(STRATEGIES)
    .default('restart')
    .describe('`restart` keeps the moving tag; `pin` sets the image by digest.'),
  onFailure: z
    .enum(ON_FAILURE)
    .optional()
    .describe(
      'What a failed rollout means: `warn` ends with exit code 3, `fail` with 1, `rollback` with 1 after going back. Default: warn in dev, else fail.',
    ),
  concurrency: wholeNumber(1, 64).default(2).describe('Rollouts side by side, of all processes that share the state.'),
});

const Docker = z.strictObject({
  host: checkedText(engineAddressProblem, /^(?:unix:\/\/\/|tcp:\/\/|ssh:\/\/).+$/)
    .optional()
    .describe(
      'Engine: `unix:///…`, `tcp://host:port` with TLS, or `ssh://user@host`. Default: the engine that the docker client finds.',
    ),
  project: name(COMPOSE_PROJECT).optional().describe('Compose project. Default: {namespace}-{environment}.'),
  publish: z
    .record(name(SERVICE_NAME), checkedText(publishProblem, /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/))
    .default({})
    .describe('Host ports of containers that are made new: `{xgen-core: "127.0.0.1:18000"}`.'),
});

const Environment = z.strictObject({
  target: z
    .enum(TARGET_KINDS)
    .default('kubernetes')
    .describe('`kubernetes`, `docker` (one engine), or `airgapped` (images go out as files).'),
  namespace: name(KUBERNETES_LABEL).optional().describe("Namespace of the deployments. Default: the project's."),
  server: Server.prefault({}).describe('The cluster.'),
  argocd: z
    .strictObject({
      server: hostPort('localhost:30092').optional().describe('Address of Argo CD. Default: none.'),
      appSuffix: z
        .string()
        .regex(/^[a-z0-9.-]*$/, { error: 'allowed are lower-case letters, digits, "." and "-"' })
        .default('')
        .describe("End of an application's name: service and suffix."),
    })
    .optional()
    .describe('Argo CD of the environment. Default: none.'),
  sites: namesList(SITE_NAME).optional().describe('Sites that run there. Default: all.'),
  bySite: z
    .record(name(SITE_NAME), SiteCluster)
    .default({})
    .describe('What differs for sites that have a cluster or a namespace of their own.'),
  sameAs: name(ENVIRONMENT_NAME)
    .optional()
    .describe('This environment is the same cluster and namespace as that one, on purpose. Default: none.'),
  protected: z
    .boolean()
    .default(false)
    .describe('Refuse a rollout from an infra checkout that is dirty or behind its remote.'),
  requireProvenIn: name(ENVIRONMENT_NAME)
    .optional()
    .describe('Refuse a digest that did not run well in that environment. Default: none.'),
  rollout: Rollout.prefault({}).describe('How a rollout is done and judged.'),
  docker: Docker.prefault({}).describe('For target docker.'),
  airgapped: Airgapped.optional().describe("For target airgapped. Default: the file's own `airgapped`."),
});

/** environments.yaml: where it is deployed. */
export const EnvironmentsFile = z.strictObject({
  environments: z
    .record(name(ENVIRONMENT_NAME), Environment)
    .describe('Environments by name; dev and prd are two of any.'),
  airgapped: Airgapped.optional().describe('For every environment with target airgapped. Default: none.'),
});
export type EnvironmentsFile = z.output<typeof EnvironmentsFile>;
