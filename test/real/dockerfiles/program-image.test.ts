import { statSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyCheckout } from '../../lab/copy-checkout.ts';
import { caBundle, mirrorArguments } from '../../lab/package-mirrors.ts';
import { openBuildLab } from '../build/build-lab.ts';
import { useStandIns } from './kind.ts';

const { lab, bases } = useStandIns();
const builds = await openBuildLab(lab.engine.host);
afterAll(() => builds.close());

it('makes an image of the program, which builds and rolls out from within a container', async () => {
  const directory = await builds.context({ 'README.md': '' });
  await copyCheckout(directory, { withModules: false });
  for (const name of ['Dockerfile', '.dockerignore'])
    await builds.write(directory, { [name]: await readFile(join(directory, 'dockerfiles/xgen-build', name)) });
  const ca = caBundle();
  const secrets = ca === null ? [] : [{ id: 'ca', read: () => readFile(ca) }];
  const args = { NODE_IMAGE: bases.node, ...mirrorArguments() };
  const { image } = await builds.build(directory, { args, secrets }, AbortSignal.timeout(380_000));

  const infra = await lab.freshInfra();
  const docker = await builds.engine.docker();
  const container = await docker.createContainer({
    Image: image.id,
    Cmd: ['xgen-core', '--site', 'lotteimall', '--env', 'dev', '--output', 'json', '--progress', 'quiet'],
    Env: Object.entries({
      ...infra.environment,
      HOME: '/home/xgen',
      XGEN_CONFIG_DIR: '/infra/config',
      XGEN_STATE_DIR: '/home/xgen/state',
      XGEN_CACHE_DIR: '/home/xgen/cache',
    }).map(([name, value]) => `${name}=${value}`),
    Tty: true,
    HostConfig: {
      // The engine, the git server and the registries of the lab are on loopback.
      NetworkMode: 'host',
      // Each by itself: the lab's folder is closed to others, as the user in the container is one.
      Binds: [`${infra.root}:/infra`, `${lab.engine.socket}:${lab.engine.socket}`],
      GroupAdd: [String(statSync(lab.engine.socket).gid)],
    },
  });
  try {
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    // dockerode gives an object for text that is JSON.
    const output: unknown = await container.logs({ stdout: true, stderr: true });
    expect(StatusCode, String(output)).toBe(0);
    expect(output).toMatchObject({ status: 'succeeded', number: 1 });
    expect(await infra.ask('dev', 'xgen-core')).toBe('xgen-core lotteimall 1\n');
    const { Config } = await container.inspect();
    expect(Config.User).toBe('1000');
  } finally {
    await container.remove({ force: true });
  }
});
