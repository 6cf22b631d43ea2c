import { accessSync, constants, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Lab } from '../test/lab/lab.ts';
import { run } from './measure.ts';

/**
 * A docker client that builds with BuildKit on the lab's engine. Newer clients need a plugin for that, which a machine
 * may not have: then the client of Debian's own package is unpacked, not installed.
 */
export async function findDockerClient(lab: Lab): Promise<string> {
  const probe = join(lab.directory, 'probe');
  mkdirSync(probe, { recursive: true });
  writeFileSync(join(probe, 'Dockerfile'), `FROM ${lab.baseImage}\nRUN true\n`);
  for (const client of ['/usr/bin/docker', ...clientsOnPath()]) if (await builds({ client, lab, probe })) return client;
  const unpacked = await unpackDebianClient(probe);
  if (await builds({ client: unpacked, lab, probe })) return unpacked;
  throw new Error('no docker client here builds with BuildKit on the lab: apt-get install docker.io');
}

function clientsOnPath(): string[] {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'docker'))
    .filter((client) => {
      try {
        accessSync(client, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

async function builds({ client, lab, probe }: { client: string; lab: Lab; probe: string }): Promise<boolean> {
  const environment = { DOCKER_HOST: lab.engine.host, DOCKER_BUILDKIT: '1', HOME: probe };
  try {
    await run({ program: client, args: ['build', '--quiet', probe], environment });
    return true;
  } catch {
    return false;
  }
}

async function unpackDebianClient(folder: string): Promise<string> {
  await run({ program: 'apt-get', args: ['download', 'docker.io'], cwd: folder });
  const file = readdirSync(folder).find((name) => name.endsWith('.deb'));
  await run({ program: 'dpkg-deb', args: ['--extract', join(folder, file ?? ''), join(folder, 'client')] });
  return join(folder, 'client', 'usr', 'bin', 'docker');
}
