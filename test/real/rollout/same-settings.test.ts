import type { ContainerInspectInfo } from 'dockerode';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useLab } from '../../lab/use-lab.ts';
import { openRolloutLab, serving, type RolloutLab, type RolloutPlace } from './rollout-lab.ts';

const lab = useLab();
const place: RolloutPlace = {
  socket: lab.engine.socket,
  registry: lab.registries.local.host,
  baseImage: lab.baseImage,
};
const OLD = [
  ...serving('old'),
  'ENV MODE=image-old',
  'ENV KEPT=by-image',
  'WORKDIR /srv',
  'LABEL vendor=old',
  'VOLUME /data',
];
const NEW = [...serving('new'), 'ENV MODE=image-new', 'WORKDIR /tmp', 'LABEL vendor=new', 'USER 1000', 'VOLUME /data'];

let one: RolloutLab;
let extra: string;
beforeEach(async () => {
  one = await openRolloutLab(place);
  extra = `${one.plan.docker.project}-extra`;
});
afterEach(async () => {
  await one.close();
  await one.docker
    .getVolume(`${extra}-volume`)
    .remove()
    .catch(() => undefined);
});

/** A container as compose makes one: its own name, labels, networks, mounts and settings. */
async function startAsCompose(reference: string): Promise<ContainerInspectInfo> {
  const { docker, plan } = one;
  const { project } = plan.docker;
  await docker.createNetwork({ Name: extra, Driver: 'bridge', IPAM: { Config: [{ Subnet: '172.31.250.0/28' }] } });
  await docker.createNetwork({ Name: `${project}_default`, Driver: 'bridge' });
  await new Promise((resolve, reject) => {
    docker.pull(reference, {}, (error: Error | null, stream?: NodeJS.ReadableStream) => {
      if (error !== null || stream === undefined) reject(error ?? new Error('no stream'));
      else docker.modem.followProgress(stream, resolve);
    });
  });
  const container = await docker.createContainer({
    name: `${project}-xgen-core-1`,
    Image: reference,
    Env: ['DB=postgres', 'MODE=mine'],
    Labels: {
      'com.docker.compose.project': project,
      'com.docker.compose.service': 'xgen-core',
      'com.docker.compose.oneoff': 'False',
      'com.docker.compose.config-hash': 'abc',
      'com.docker.compose.image': 'sha256:old',
      team: 'platform',
    },
    HostConfig: {
      NetworkMode: `${project}_default`,
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
      Binds: [`${extra}-volume:/named`],
      Mounts: [{ Type: 'tmpfs', Target: '/scratch', Source: '' }],
      PortBindings: { '8000/tcp': [{ HostIp: '127.0.0.1', HostPort: '0' }] },
      Memory: 64 * 1024 * 1024,
      ExtraHosts: ['db:10.0.0.9'],
    },
    ExposedPorts: { '8000/tcp': {} },
    NetworkingConfig: { EndpointsConfig: { [`${project}_default`]: { Aliases: ['core', 'api'] } } },
  });
  await docker.getNetwork(extra).connect({
    Container: container.id,
    EndpointConfig: { IPAMConfig: { IPv4Address: '172.31.250.9' }, Aliases: ['fixed'] },
  });
  await container.start();
  const write = await container.exec({ Cmd: ['sh', '-c', 'echo kept > /data/file; echo kept > /named/file'] });
  await write.start({ Detach: true });
  await vi.waitUntil(async () => (await write.inspect()).ExitCode === 0, { timeout: 10_000 });
  return container.inspect();
}

describe('a container that is replaced', () => {
  it('keeps the settings that were given, and takes the image defaults from the new image', async () => {
    const old = await startAsCompose(await pushed(1, OLD));
    const b2 = await one.image(2, NEW);
    expect(await one.rollOut(b2)).toBe('answers 200 on /health');
    const name = `${one.plan.docker.project}-xgen-core-1`;
    const now = await one.docker.getContainer(name).inspect();

    expect(now.Id).not.toBe(old.Id);
    expect(now.Config.Env.toSorted()).toStrictEqual(
      ['DB=postgres', 'MODE=mine', 'PATH=/usr/local/bin:/usr/bin:/bin'].toSorted(),
    );
    expect(now.Config).toMatchObject({ WorkingDir: '/tmp', User: '1000' });
    expect(now.Config.Cmd[2]).toContain('echo new');
    expect(now.Config.Labels).toMatchObject({
      vendor: 'new',
      team: 'platform',
      'com.docker.compose.config-hash': 'abc',
      'com.docker.compose.image': now.Image,
      'io.xgen-build.number': '2',
    });
    expect(now.HostConfig).toMatchObject({
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
      Memory: old.HostConfig.Memory,
      ExtraHosts: ['db:10.0.0.9'],
      PortBindings: old.HostConfig.PortBindings as object,
    });
    const networks = now.NetworkSettings.Networks;
    expect(networks[`${one.plan.docker.project}_default`]?.Aliases).toEqual(
      expect.arrayContaining(['core', 'api', now.Id.slice(0, 12)]),
    );
    expect(networks[`${one.plan.docker.project}_default`]?.Aliases).not.toContain(old.Id.slice(0, 12));
    expect(networks[extra]).toMatchObject({ IPAddress: '172.31.250.9', IPAMConfig: { IPv4Address: '172.31.250.9' } });

    const volumes = (info: ContainerInspectInfo) =>
      info.Mounts.map(({ Type, Name, Destination }) => `${Type} ${Name ?? ''} ${Destination}`).toSorted();
    expect(volumes(now)).toStrictEqual(volumes(old));
    for (const path of ['/data/file', '/named/file']) {
      const chunks: Buffer[] = [];
      const archive = await one.docker.getContainer(name).getArchive({ path });
      for await (const chunk of archive) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString()).toContain('kept');
    }
  });

  it('knows a site by the path of the image where there is no label of ours (defect 17)', async () => {
    await startAsCompose(await pushed(1, OLD));
    const signal = AbortSignal.timeout(5_000);
    expect(await one.target.inspect(one.plan, signal)).toMatchObject({ site: 'main', isProven: false, number: null });
    const local = { ...one.plan, repository: { host: place.registry, path: 'other/xgen-core' } };
    expect(await one.target.inspect(local, signal)).toMatchObject({ site: null });
  });

  it('is refused where it would vanish when it is stopped', async () => {
    const reference = await pushed(1, OLD);
    await startAsCompose(reference);
    await one.close();
    await one.docker.createContainer({ name: one.name, Image: reference, HostConfig: { AutoRemove: true } });
    await expect(one.target.check(one.plan, AbortSignal.timeout(5_000))).rejects.toMatchObject({
      code: 'ROLLOUT_FAILED',
      message: `dev: ${one.name} was started with --rm and would vanish when it is stopped: there would be no way back`,
    });
  });
});

async function pushed(number: number, lines: readonly string[]): Promise<string> {
  const { reference, digest } = await one.image(number, lines);
  return `${reference.host}/${reference.path}@${digest}`;
}
