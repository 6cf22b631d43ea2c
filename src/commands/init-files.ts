import { stringify } from 'yaml';
import { KINDS } from './init-kinds.ts';
import type { Looked } from './init-look.ts';
import type { Origin } from './init-origin.ts';

/** What the three files are made of. */
export interface InitFacts {
  /** `my-service`: also the deployment, the container and the last part of the image's name. */
  readonly service: string;
  /** The first site, a branch. */
  readonly site: string;
  readonly looked: Looked;
  /** Null: where the source is must be filled in. */
  readonly origin: Origin | null;
}

/** A port of this machine that the first container answers on. */
export const PUBLISHED_PORT = 18_000;

/** In the place of what could not be found out: addresses that lead nowhere, by RFC 2606. */
export const UNKNOWN_ORIGIN: Origin = {
  forge: 'gitlab',
  url: 'https://gitlab.example.com',
  group: 'my-group',
  repo: 'my-service',
};

/** The text of each file by its name in the folder of the configuration. */
export function configurationFiles(facts: InitFacts): Readonly<Record<string, string>> {
  const { service, site } = facts;
  const origin = facts.origin ?? { ...UNKNOWN_ORIGIN, repo: service };
  const project = projectName(origin.group);
  return {
    'project.yaml': page('Where sources come from and where images go.', {
      project: { name: project, group: origin.group },
      [origin.forge]: { url: origin.url },
      registry: { nexus: { host: 'localhost:5000' } },
      kubernetes: { namespace: project },
      sites: [site],
    }),
    'services.yaml': page('What is built. A new service is one more block here, and no code.', {
      services: { [service]: serviceBlock(facts, origin) },
    }),
    'environments.yaml': page('Where it runs: `docker` is one engine, `kubernetes` a cluster.', {
      environments: {
        dev: { target: 'docker', docker: { publish: { [service]: `127.0.0.1:${PUBLISHED_PORT}` } } },
      },
    }),
  };
}

function serviceBlock({ looked }: InitFacts, origin: Origin): object {
  const { folder, dockerfile } = KINDS[looked.kind.value];
  return {
    repo: origin.repo,
    dockerfile: `dockerfiles/${folder}/${dockerfile}`,
    port: looked.port.value,
    healthCheck: looked.healthCheck.value,
  };
}

/** The block of `services.yaml` alone, for a file that is there already. */
export function serviceYaml(facts: InitFacts): string {
  const origin = facts.origin ?? { ...UNKNOWN_ORIGIN, repo: facts.service };
  return stringify({ [facts.service]: serviceBlock(facts, origin) });
}

function page(comment: string, data: object): string {
  return `# ${comment} All keys: docs/configuration.md of xgen-build.\n${stringify(data)}`;
}

/** A name for images and namespaces: of the last part of the group. */
export function projectName(group: string): string {
  return dnsName(group.split('/').at(-1) ?? '') || 'xgen';
}

/** Lower case letters, digits and hyphens, as names of images, containers and deployments want it; empty where none is left. */
export function dnsName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 50)
    .replace(/-+$/, '');
}
