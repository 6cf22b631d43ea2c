import { describe, expect, it } from 'vitest';
import type { ContainerInspectInfo } from 'dockerode';
import { ownMounts } from '../../../src/adapters/target-docker/own-mounts.ts';
import { givenLinks, ownNetworks } from '../../../src/adapters/target-docker/own-networks.ts';
import { ownSettings } from '../../../src/adapters/target-docker/own-settings.ts';

const IMAGE = {
  Env: ['PATH=/bin', 'MODE=image'],
  Cmd: ['serve'],
  Entrypoint: ['/entrypoint.sh'],
  WorkingDir: '/app',
  User: 'app',
  Labels: { vendor: 'image' },
  ExposedPorts: { '8000/tcp': {} },
  Volumes: { '/data': {} },
  Healthcheck: { Test: ['CMD', 'true'] },
};
const GENERATED = '0123456789ab';

describe('settings that are a container’s own', () => {
  it('are none where all of them are the image’s', () => {
    expect(ownSettings({ ...IMAGE, Hostname: GENERATED }, IMAGE, GENERATED)).toStrictEqual({
      Tty: false,
      OpenStdin: false,
      StdinOnce: false,
      Env: [],
      Labels: {},
      ExposedPorts: {},
      Volumes: {},
    });
  });

  it('are those that differ from the image', () => {
    const container = {
      ...IMAGE,
      Hostname: 'core',
      Env: ['PATH=/bin', 'MODE=mine', 'DB=x'],
      User: 'root',
      WorkingDir: '/srv',
      Labels: { vendor: 'image', team: 'platform', 'io.xgen-build.number': '41' },
      ExposedPorts: { '8000/tcp': {}, '9000/tcp': {} },
      Healthcheck: { Test: ['NONE'] },
      StopTimeout: 30,
      StopSignal: 'SIGINT',
    };
    expect(ownSettings(container, IMAGE, GENERATED)).toMatchObject({
      Hostname: 'core',
      Env: ['MODE=mine', 'DB=x'],
      User: 'root',
      WorkingDir: '/srv',
      Labels: { team: 'platform' },
      ExposedPorts: { '9000/tcp': {} },
      Healthcheck: { Test: ['NONE'] },
      StopTimeout: 30,
      StopSignal: 'SIGINT',
    });
  });

  it.each([
    ['a command', { Cmd: ['other'] }, { Cmd: ['other'] }],
    ['an entrypoint without a command', { Entrypoint: ['/mine'], Cmd: null }, { Entrypoint: ['/mine'] }],
    [
      'an entrypoint with the image’s words as command',
      { Entrypoint: ['/mine'] },
      { Entrypoint: ['/mine'], Cmd: ['serve'] },
    ],
    ['an emptied entrypoint', { Entrypoint: null }, { Entrypoint: [''], Cmd: ['serve'] }],
    ['neither', {}, {}],
  ])('hold %s', (_name, changes, expected) => {
    const { Entrypoint, Cmd } = ownSettings({ ...IMAGE, ...changes }, IMAGE, GENERATED);
    const given = { ...(Entrypoint === undefined ? {} : { Entrypoint }), ...(Cmd === undefined ? {} : { Cmd }) };
    expect(given).toStrictEqual(expected);
  });
});

describe('mounts', () => {
  it('keep anonymous volumes by their generated names', () => {
    const volume = (Name: string, Destination: string, RW = true) =>
      ({ Type: 'volume', Name, Source: `/v/${Name}`, Destination, Mode: '', RW, Propagation: '' }) as const;
    const inspected = {
      HostConfig: {
        Binds: ['named:/named', '/host/conf:/conf:ro'],
        Mounts: [{ Type: 'volume', Target: '/m', Source: '' }],
      },
      Mounts: [volume('named', '/named'), volume('f00', '/data'), volume('f01', '/ro', false), volume('f02', '/m')],
    } as unknown as ContainerInspectInfo;
    expect(ownMounts(inspected)).toStrictEqual({
      Binds: ['named:/named', '/host/conf:/conf:ro', 'f00:/data', 'f01:/ro:ro'],
      Mounts: [{ Type: 'volume', Target: '/m', Source: 'f02' }],
    });
  });
});

describe('networks', () => {
  const inspected = (mode: string, networks: object) =>
    ({
      Id: `${GENERATED}cdef`,
      HostConfig: { NetworkMode: mode },
      NetworkSettings: { Networks: networks },
    }) as unknown as ContainerInspectInfo;

  it('keep aliases and given addresses, without the generated id', () => {
    const networks = {
      xgen: { NetworkID: 'n1', Aliases: ['core', GENERATED], IPAddress: '10.0.0.7', IPAMConfig: null },
      other: { NetworkID: 'n2', Aliases: null, IPAMConfig: { IPv4Address: '10.1.0.9' } },
    };
    const expected = {
      first: { xgen: { Aliases: ['core'] } },
      others: [{ network: 'other', endpoint: { IPAMConfig: { IPv4Address: '10.1.0.9' } } }],
    };
    expect(ownNetworks(inspected('xgen', networks))).toStrictEqual({ mode: 'xgen', ...expected });
    // `docker run --network` takes an id too.
    expect(ownNetworks(inspected('n1', networks))).toStrictEqual({ mode: 'n1', ...expected });
    // The network that it was made in may have been left since.
    expect(ownNetworks(inspected('gone', networks))).toStrictEqual({ mode: 'xgen', ...expected });
  });

  it.each(['host', 'none', 'container:abc'])('have nothing to join in mode %s', (mode) => {
    expect(ownNetworks(inspected(mode, { host: {} }))).toStrictEqual({ mode, first: {}, others: [] });
  });

  it('know the default bridge by its mode', () => {
    expect(ownNetworks(inspected('default', { bridge: { Aliases: null } }))).toMatchObject({ first: { bridge: {} } });
    expect(givenLinks(['/db:/core/database'])).toStrictEqual(['db:database']);
    expect(givenLinks(null)).toStrictEqual([]);
  });
});
