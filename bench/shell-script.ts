import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Infra, Lab } from '../test/lab/lab.ts';
import { run } from './measure.ts';

/** The job as a shell script: git fetch, docker build, two docker push. Its login and clone are made beforehand. */
export interface ShellScript {
  /** Milliseconds of the whole script, and of `docker build` alone. */
  run(): Promise<{ ms: number; buildMs: number }>;
}

export async function writeShellScript(options: {
  lab: Lab;
  infra: Infra;
  client: string;
  service: string;
  site: string;
  dockerfile: string;
}): Promise<ShellScript> {
  const { lab, infra, client, service, site, dockerfile } = options;
  const folder = join(lab.directory, `script-${infra.project}-${service}`);
  const clone = join(folder, 'clone');
  mkdirSync(folder);
  const environment = { DOCKER_HOST: lab.engine.host, DOCKER_BUILDKIT: '1', HOME: folder };
  const url = new URL(`${lab.git.url}/${infra.group}/${service}.git`);
  url.username = encodeURIComponent(lab.git.username);
  url.password = encodeURIComponent(lab.git.password);
  await run({ program: 'git', args: ['clone', '--quiet', '--branch', site, url.href, clone], environment });
  const { host, username, password } = lab.registries.nexus;
  await run({ program: client, args: ['login', '--username', username, '--password', password, host], environment });
  const image = `${host}/script/${infra.project}/${service}`;
  const script = join(folder, 'build.sh');
  writeFileSync(
    script,
    `#!/bin/sh
set -e
cd ${clone}
git fetch --quiet origin ${site}
git checkout --quiet --force FETCH_HEAD
cp ${infra.root}/${dockerfile} Dockerfile
cp ${infra.root}/${dockerfile.replace(/[^/]*$/, '')}.dockerignore .
begin=$(date +%s%N)
${client} build --build-arg BASE_IMAGE=${lab.baseImage} --build-arg TARGETARCH=amd64 -t ${image}:b$1 -t ${image}:latest .
end=$(date +%s%N)
${client} push ${image}:b$1
${client} push ${image}:latest
echo "build $(( (end - begin) / 1000000 ))"
`,
  );
  chmodSync(script, 0o755);
  let number = 0;
  return {
    run: async () => {
      number += 1;
      const { ms, stdout } = await run({ program: script, args: [String(number)], environment });
      return { ms, buildMs: Number(/^build (\d+)$/m.exec(stdout)?.[1]) };
    },
  };
}
