import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { Infra, Lab } from '../test/lab/lab.ts';
import { SERVICE_NAMES, SERVICES, type ServiceName } from '../test/lab/services.ts';
import { run } from './measure.ts';
import { requirePeer } from './peers.ts';
import { PROGRAM } from './program.ts';

/** One way to build six services and push them under a number and a moving tag. */
export interface Tool {
  readonly name: string;
  /** `fetch`: the sources are brought first, as a tool would have it done that knows no git. */
  command(fetch: boolean): { program: string; args: readonly string[] };
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Nothing of it is left on this machine but its own configuration. */
  forget(): void;
}

interface Bench {
  readonly lab: Lab;
  readonly infra: Infra;
  /** Docker's client. */
  readonly client: string;
  /** As images name the registry. */
  readonly host: string;
}

/** All that are compared, on the same repositories, engine and registry; each has image paths of its own. */
export async function sixTools(bench: Bench): Promise<readonly Tool[]> {
  const others = await Promise.all(
    (['script one by one', 'script', 'bake', 'skaffold'] as const).map(async (name) => prepare(bench, name)),
  );
  return [ours(bench), ...others];
}

function ours({ infra }: Bench): Tool {
  return {
    name: 'xgen-build',
    command: () => ({
      program: PROGRAM,
      args: ['build-all', '--no-deploy', '--output', 'json', '--progress', 'quiet'],
    }),
    environment: infra.environment,
    cwd: infra.root,
    forget: () => {
      for (const folder of [infra.stateDirectory, infra.cacheDirectory])
        rmSync(folder, { recursive: true, force: true });
    },
  };
}

type OtherName = 'script one by one' | 'script' | 'bake' | 'skaffold';

async function prepare(bench: Bench, name: OtherName): Promise<Tool> {
  const folder = join(
    bench.lab.directory,
    `six-${bench.infra.project}-${bench.host.replace(':', '-')}-${name.replaceAll(' ', '-')}`,
  );
  const sources = join(folder, 'sources');
  mkdirSync(sources, { recursive: true });
  const environment = {
    // Skaffold takes the docker client that it finds; another one may want a plugin.
    PATH: `${dirname(bench.client)}:${process.env['PATH'] ?? ''}`,
    DOCKER_HOST: bench.lab.engine.host,
    DOCKER_BUILDKIT: '1',
    HOME: folder,
    SKAFFOLD_UPDATE_CHECK: 'false',
    BUILDX_CONFIG: join(folder, 'buildx'),
  };
  const { username, password } = bench.lab.registries.nexus;
  const login = ['login', '--username', username, '--password', password, bench.host];
  await run({ program: bench.client, args: login, environment });
  const work = { ...bench, folder, sources };
  write(folder, 'fetch.sh', fetchScript(work));
  const images = imagesOf(work, name);
  if (name === 'bake') writeFileSync(join(folder, 'bake.json'), bakeFile(work, images));
  if (name === 'skaffold') {
    writeFileSync(join(folder, 'skaffold.yaml'), skaffoldFile(work, images));
    mkdirSync(join(folder, '.skaffold'));
    writeFileSync(join(folder, '.skaffold', 'config'), SKAFFOLD_CONFIG);
  }
  const build = buildLine(work, { name, images });
  write(folder, 'build.sh', `#!/bin/sh\nset -e\n${build}\n`);
  write(folder, 'all.sh', `#!/bin/sh\nset -e\n${folder}/fetch.sh\nexec ${folder}/build.sh\n`);
  return {
    name,
    command: (fetch) => ({ program: join(folder, fetch ? 'all.sh' : 'build.sh'), args: [] }),
    environment,
    cwd: folder,
    forget: () => {
      rmSync(sources, { recursive: true, force: true });
      mkdirSync(sources);
      for (const file of ['.skaffold/cache', 'skaffold-cache', 'number']) rmSync(join(folder, file), { force: true });
    },
  };
}

interface Work extends Bench {
  readonly folder: string;
  readonly sources: string;
}

type Images = Readonly<Record<ServiceName, string>>;

function imagesOf({ host, infra }: Work, name: OtherName): Images {
  const place = `${host}/six/${infra.project}/${name.replaceAll(' ', '-')}`;
  return Object.fromEntries(SERVICE_NAMES.map((service) => [service, `${place}/${service}`])) as Images;
}

/** Six at once: what the branch holds, with the central files laid over it. */
function fetchScript({ lab, infra, sources }: Work): string {
  const lines = SERVICE_NAMES.map((service) => {
    const url = new URL(`${lab.git.url}/${infra.group}/${service}.git`);
    url.username = encodeURIComponent(lab.git.username);
    url.password = encodeURIComponent(lab.git.password);
    const clone = join(sources, service);
    const central = join(infra.root, SERVICES[service].dockerfile);
    const folder = central.replace(/[^/]*$/, '');
    return `(
  if [ -d ${clone}/.git ]; then git -C ${clone} fetch --quiet origin main && git -C ${clone} checkout --quiet --force FETCH_HEAD
  else git clone --quiet --branch main ${url.href} ${clone}; fi
  cp ${central} ${clone}/Dockerfile
  for file in .dockerignore entrypoint.sh; do [ ! -e ${folder}$file ] || cp ${folder}$file ${clone}/; done
) &
pids="$pids $!"`;
  });
  return `#!/bin/sh\n${lines.join('\n')}\nfor pid in $pids; do wait $pid || exit 1; done\n`;
}

function buildLine(work: Work, { name, images }: { name: OtherName; images: Images }): string {
  const { client, folder, sources, lab } = work;
  // Each run has a number of its own, as every pipeline has.
  const number = `n=$(( $(cat ${folder}/number 2>/dev/null || echo 0) + 1 )); echo $n > ${folder}/number`;
  if (name === 'bake') {
    return `${number}\nNUMBER=$n exec ${requirePeer('buildx')} bake --push --progress quiet --file ${folder}/bake.json`;
  }
  if (name === 'skaffold') {
    const options = `--filename ${folder}/skaffold.yaml --cache-file ${folder}/skaffold-cache --interactive=false --quiet`;
    return `exec ${requirePeer('skaffold')} build ${options}`;
  }
  const isParallel = name === 'script';
  const services = SERVICE_NAMES.map((service) => {
    const args = `--build-arg BASE_IMAGE=${lab.baseImage} --build-arg TARGETARCH=amd64`;
    const image = images[service];
    const build = `${client} build --quiet ${args} -t ${image}:b$n -t ${image}:latest ${join(sources, service)}`;
    const job = `( ${build} && ${client} push --quiet ${image}:b$n && ${client} push --quiet ${image}:latest ) > /dev/null`;
    return isParallel ? `${job} &\npids="$pids $!"` : job;
  });
  const wait = isParallel ? '\nfor pid in $pids; do wait $pid || exit 1; done' : '';
  return `${number}\n${services.join('\n')}${wait}`;
}

function bakeFile({ lab, sources }: Work, images: Images): string {
  const target = Object.fromEntries(
    SERVICE_NAMES.map((service) => [
      service,
      {
        context: join(sources, service),
        args: { BASE_IMAGE: lab.baseImage, TARGETARCH: 'amd64' },
        tags: [`${images[service]}:b\${NUMBER}`, `${images[service]}:latest`],
      },
    ]),
  );
  return JSON.stringify({
    variable: { NUMBER: { default: '1' } },
    group: { default: { targets: SERVICE_NAMES } },
    target,
  });
}

/** One tag, from what goes in: less than the others do. */
function skaffoldFile({ lab, sources, host }: Work, images: Images): string {
  return stringify({
    apiVersion: 'skaffold/v4beta13',
    kind: 'Config',
    build: {
      insecureRegistries: [host],
      tagPolicy: { inputDigest: {} },
      local: { push: true, useBuildkit: true, useDockerCLI: true, concurrency: 6, tryImportMissing: false },
      artifacts: SERVICE_NAMES.map((service) => ({
        image: images[service],
        context: join(sources, service),
        docker: { dockerfile: 'Dockerfile', buildArgs: { BASE_IMAGE: lab.baseImage, TARGETARCH: 'amd64' } },
      })),
    },
  });
}

const SKAFFOLD_CONFIG = `global:
  collect-metrics: false
  survey: {disable-prompt: true}
  update-check: false
kubeContexts: []
`;

function write(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), 0o755);
}
