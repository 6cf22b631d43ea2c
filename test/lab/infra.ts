import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { freePort } from './network.ts';
import { AWW_LOGIN, NEXUS_LOGIN } from './registry.ts';
import { addCommits, GIT_ENVIRONMENT, makeRepository, type Commit, type FileContent } from './repositories.ts';
import { runXgen, type XgenOptions, type XgenRun } from './run-xgen.ts';
import type { InfraContent } from './infra-content.ts';
import { BUSYBOX_CONTENT, SITES, type ServiceName } from './services.ts';
import type { LabDescription } from './lab.ts';

/** Merged deeply into the three files: a value replaces, null is written as null, undefined takes the key out. */
export interface InfraChanges {
  /** Services and Dockerfiles; those of busybox by default. */
  readonly content?: InfraContent;
  readonly project?: object;
  readonly services?: object;
  readonly environments?: object;
  /** The services that it has at all; the six of the lab by default. */
  readonly only?: readonly ServiceName[];
}

/**
 * An infra repository of its own with the services' repositories, images and containers that go with it: everything has
 * a name that no other infra of the same lab uses, so that tests run side by side.
 */
export interface Infra {
  /** Folder that holds `config` and `dockerfiles`; a git checkout. */
  readonly root: string;
  readonly configDirectory: string;
  /** `xgen-4f2a1c`: first part of image paths, and the namespace. */
  readonly project: string;
  /** The sources' group on the git server. */
  readonly group: string;
  readonly stateDirectory: string;
  readonly cacheDirectory: string;
  /** What `xgen-build` needs; PATH is not among it. */
  readonly environment: Readonly<Record<string, string>>;
  /** `127.0.0.1:20123`: where a service of an environment answers once it is rolled out. */
  published(env: string, service: string): string;
  /** `http://127.0.0.1:20123/health` as text; null where nothing answers. */
  ask(env: string, service: string, path?: string): Promise<string | null>;
  /** `xgen-4f2a1c-dev-xgen-core` */
  containerName(env: string, service: string): string;
  /** `xgen-4f2a1c/lotteimall/xgen-core` */
  repository(site: string, service: string): string;
  commit(commit: Commit): Promise<string>;
  /** Runs the real `xgen-build` with this infra's environment. */
  run(args: readonly string[], options?: XgenOptions): Promise<XgenRun>;
  readonly description: InfraDescription;
}

const ENVIRONMENTS = ['dev', 'prd'] as const;

/** What an infra needs to know of its lab. */
export type LabParts = Omit<LabDescription, 'infra' | 'clusters' | 'standIns'>;

export async function makeInfra(lab: LabParts, changes: InfraChanges = {}): Promise<Infra> {
  const id = randomBytes(4).toString('hex');
  const project = `xgen-${id}`;
  const group = `xgen2.0-${id}`;
  const home = join(lab.directory, 'infra', id);
  const root = join(home, 'xgen-infra');
  const content = contentOf(changes);
  const [ports] = await Promise.all([
    publishPorts(Object.keys(content.services)),
    makeRepositories({ lab, group, content }),
  ]);
  const files = configFiles({ lab, project, group, ports, services: content.services });
  await writeFiles(root, {
    ...content.files,
    'config/project.yaml': stringify(merge(files.project, changes.project)),
    'config/services.yaml': stringify(merge(files.services, changes.services)),
    'config/environments.yaml': stringify(merge(files.environments, changes.environments)),
  });
  await commitCheckout(root);
  return infraAt(lab, { project, group, home, ports });
}

function contentOf({ content = BUSYBOX_CONTENT, only }: InfraChanges): InfraContent {
  const isWanted = ([name]: readonly [string, unknown]): boolean =>
    only === undefined || only.some((one) => one === name);
  return { ...content, services: Object.fromEntries(Object.entries(content.services).filter(isWanted)) };
}

type Ports = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What it takes to know an infra again in another process. */
export interface InfraDescription {
  readonly project: string;
  readonly group: string;
  readonly home: string;
  readonly ports: Ports;
}

export function infraAt(lab: LabParts, infra: InfraDescription): Infra {
  const { project, group, home, ports } = infra;
  const root = join(home, 'xgen-infra');
  const environment = environmentOf(lab, home);
  const published = (env: string, service: string): string => {
    const address = ports[env]?.[service];
    if (address === undefined) throw new Error(`the lab publishes no ${service} in ${env}`);
    return address;
  };
  return {
    root,
    configDirectory: join(root, 'config'),
    project,
    group,
    stateDirectory: join(home, 'state'),
    cacheDirectory: join(home, 'cache'),
    environment,
    published,
    ask: (env, service, path = '/health') => askText(`http://${published(env, service)}${path}`),
    containerName: (env, service) => `${project}-${env}-${service}`,
    repository: (site, service) => `${project}/${site}/${service}`,
    commit: ({ service, ...commit }) => addCommits(repositoryPath({ lab, group, service }), [commit]),
    run: (args, options) => runXgen({ cwd: root, environment, args }, options),
    description: infra,
  };
}

async function askText(url: string): Promise<string | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    return await answer.text();
  } catch {
    return null;
  }
}

function environmentOf(lab: LabParts, home: string): Record<string, string> {
  return {
    HOME: home,
    DOCKER_HOST: `unix://${lab.directory}/docker.sock`,
    XGEN_CONFIG_DIR: join(home, 'xgen-infra', 'config'),
    XGEN_STATE_DIR: join(home, 'state'),
    XGEN_CACHE_DIR: join(home, 'cache'),
    XGEN_CREDENTIAL_GITLAB_CREDENTIALS: `${lab.git.username}:${lab.git.password}`,
    XGEN_CREDENTIAL_NEXUS_CREDENTIALS: `${NEXUS_LOGIN.username}:${NEXUS_LOGIN.password}`,
    XGEN_CREDENTIAL_AWW_NEXUS_CREDENTIALS: `${AWW_LOGIN.username}:${AWW_LOGIN.password}`,
  };
}

async function publishPorts(services: readonly string[]): Promise<Ports> {
  const taken = new Set<number>();
  const ports: Record<string, Record<string, string>> = {};
  for (const env of ENVIRONMENTS) {
    const ofEnvironment: Record<string, string> = {};
    for (const service of services) ofEnvironment[service] = `127.0.0.1:${await freePort(taken)}`;
    ports[env] = ofEnvironment;
  }
  return ports;
}

function configFiles(from: {
  lab: LabParts;
  project: string;
  group: string;
  ports: Ports;
  services: InfraContent['services'];
}): {
  project: object;
  services: object;
  environments: object;
} {
  const { lab, project, group, ports, services } = from;
  const environment = (env: string): [string, object] => [
    env,
    {
      target: 'docker',
      docker: { host: `unix://${lab.directory}/docker.sock`, publish: ports[env] },
      rollout: { timeout: '15s' },
    },
  ];
  return {
    project: {
      project: { name: project, platform: 'xgen-platform', group, infraRepo: 'xgen-infra' },
      gitlab: { url: lab.git.url, credentialId: 'gitlab-credentials' },
      registry: {
        nexus: { host: lab.registries.nexus, credentialId: 'nexus-credentials' },
        local: { host: lab.registries.local },
      },
      kubernetes: { namespace: project },
      sites: [...SITES],
      siteRegistries: { aww: { host: lab.registries.aww, credentialId: 'aww-nexus-credentials' } },
      build: { args: { BASE_IMAGE: lab.baseImage } },
    },
    services: {
      services: Object.fromEntries(Object.entries(services).map(([name, facts]) => [name, { repo: name, ...facts }])),
    },
    environments: { environments: Object.fromEntries(ENVIRONMENTS.map(environment)) },
  };
}

function repositoryPath(of: { lab: LabParts; group: string; service: string }): string {
  return join(of.lab.directory, 'git', of.group, `${of.service}.git`);
}

async function makeRepositories(from: { lab: LabParts; group: string; content: InfraContent }): Promise<void> {
  const { lab, group, content } = from;
  await Promise.all(
    Object.keys(content.services).map(async (service) => {
      const path = repositoryPath({ lab, group, service });
      await makeRepository(path);
      await addCommits(
        path,
        SITES.map((site) => ({
          branch: site,
          files: content.sourceOf(service, site),
          message: `Start ${service} for ${site}`,
        })),
      );
    }),
  );
}

async function writeFiles(root: string, files: Readonly<Record<string, FileContent>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    const isProgram = typeof content === 'object' && content !== null && 'program' in content;
    if (isProgram) await writeFile(file, content.program);
    else if (typeof content === 'string') await writeFile(file, content);
    else throw new Error(`the lab writes ${path} as text or as a program only`);
    if (isProgram) await chmod(file, 0o755);
  }
}

async function commitCheckout(root: string): Promise<void> {
  const git = (...args: string[]): Promise<unknown> =>
    promisify(execFile)('git', ['-C', root, ...args], { env: { ...GIT_ENVIRONMENT } });
  await git('init', '--quiet', '--template=', '--initial-branch=main');
  await git('add', '--all');
  const author = ['-c', 'user.name=Jiwon', '-c', 'user.email=jiwon@example.com'];
  await git(...author, 'commit', '--quiet', '--message', 'Configure the lab');
}

function merge(base: unknown, changes: unknown): unknown {
  if (changes === undefined) return base;
  if (!isPlainObject(base) || !isPlainObject(changes)) return changes;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) Reflect.deleteProperty(merged, key);
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
