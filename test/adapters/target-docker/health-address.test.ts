import { describe, expect, it } from 'vitest';
import type { ContainerInspectInfo } from 'dockerode';
import { healthAddress, publishes } from '../../../src/adapters/target-docker/health-address.ts';
import { parsePublish } from '../../../src/adapters/target-docker/new-container-spec.ts';

const LOCAL = { address: 'unix:///run/docker.sock', isLocal: true, hostName: null };
const REMOTE = { address: 'tcp://box:2376', isLocal: false, hostName: 'box' };
const at = (host: string, port: number) => ({ kind: 'ask', host, port });

function container(ports: object, mode = 'xgen', address = '10.0.0.7') {
  return {
    HostConfig: { NetworkMode: mode },
    NetworkSettings: { Ports: ports, Networks: { xgen: { IPAddress: address } } },
  } as unknown as ContainerInspectInfo;
}

const bound = (...hosts: readonly string[]) => ({
  '8000/tcp': hosts.map((HostIp) => ({ HostIp, HostPort: '18000' })),
});

describe('where health is asked', () => {
  it.each([
    ['published on loopback', container(bound('127.0.0.1')), LOCAL, at('127.0.0.1', 18000)],
    ['published everywhere', container(bound('0.0.0.0', '::')), LOCAL, at('127.0.0.1', 18000)],
    ['published on one address', container(bound('192.168.1.5')), LOCAL, at('192.168.1.5', 18000)],
    ['published on IPv6 only', container(bound('::1')), LOCAL, at('::1', 18000)],
    ['not published', container({ '8000/tcp': null }), LOCAL, at('10.0.0.7', 8000)],
    ['in the network of the host', container({}, 'host', ''), LOCAL, at('127.0.0.1', 8000)],
    ['published, on a remote engine', container(bound('0.0.0.0')), REMOTE, at('box', 18000)],
    ['published on one address of it', container(bound('192.168.1.5')), REMOTE, at('192.168.1.5', 18000)],
    ['in the network of the remote host', container({}, 'host', ''), REMOTE, at('box', 8000)],
  ])('%s', (...row) => {
    const [, inspected, endpoint, expected] = row;
    expect(healthAddress({ container: inspected, endpoint, port: 8000 })).toStrictEqual(expected);
  });

  it.each([
    ['nothing is published on a remote engine', container({}), REMOTE, 'port 8000 is not published'],
    ['only the remote machine itself can', container(bound('127.0.0.1')), REMOTE, 'cannot be reached from here'],
    ['there is no network', container({}, 'none', ''), LOCAL, 'has no address'],
  ])('nowhere where %s', (...row) => {
    const [, inspected, endpoint, why] = row;
    const address = healthAddress({ container: inspected, endpoint, port: 8000 });
    expect(address).toStrictEqual({ kind: 'none', why: expect.stringContaining(why) });
  });

  it('is known from the settings of a container that does not run', () => {
    const settings = (HostConfig: object) => ({ HostConfig }) as unknown as ContainerInspectInfo;
    expect(publishes(settings({ PortBindings: { '8000/tcp': [{ HostPort: '1' }] } }), 8000)).toBe(true);
    expect(publishes(settings({ PortBindings: { '9000/tcp': [{ HostPort: '1' }] } }), 8000)).toBe(false);
    expect(publishes(settings({ PortBindings: null, NetworkMode: 'host' }), 8000)).toBe(true);
  });
});

it.each([
  ['18000', { HostIp: '', HostPort: '18000' }],
  ['127.0.0.1:18000', { HostIp: '127.0.0.1', HostPort: '18000' }],
  ['[::1]:18000', { HostIp: '::1', HostPort: '18000' }],
])('publishes %s', (text, expected) => {
  expect(parsePublish(text)).toStrictEqual(expected);
});
