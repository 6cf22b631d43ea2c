import { expect, test } from 'vitest';
import type { Ports } from '../../src/pipeline/context.ts';
import { sharePorts } from '../../src/pipeline/shared-ports.ts';
import type { CheckoutRequest, SourceTree } from '../../src/ports/sources.ts';
import { taggedRegistries } from '../fakes/tagged-registries.ts';

const ADDRESS = { host: 'r.example.com', apiHost: 'r.example.com', pullHost: 'r.example.com', credentialId: 'nexus' };

function portsWith(parts: Partial<Ports>): Ports {
  return new Proxy(parts as Ports, {
    get: (all, name) => (name in all ? all[name as keyof Ports] : undefined),
  });
}

function request(service: string, url = 'https://git.example.com/mono.git'): CheckoutRequest {
  const source = { url, branch: 'main', credentialId: null, submodules: false };
  return { source, service, site: 'main', commit: null, since: null, signal: AbortSignal.timeout(1_000) };
}

function treeOf(commit: string): SourceTree {
  return {
    directory: '/tree',
    head: { commit, subject: '', author: '' },
    sharedKey: '',
    commitsSince: async () => null,
    release: async () => undefined,
  };
}

test('a registry has one client, however often it is opened', () => {
  let opened = 0;
  const open = () => {
    opened += 1;
    return taggedRegistries({}).openHost('x');
  };
  const { registries } = sharePorts(
    portsWith({ registries: { open, openHost: open }, sources: {} as Ports['sources'] }),
  );
  expect(registries.open(ADDRESS)).toBe(registries.open({ ...ADDRESS }));
  expect(registries.open(ADDRESS)).not.toBe(registries.open({ ...ADDRESS, credentialId: 'other' }));
  expect(registries.openHost('a')).toBe(registries.openHost('a'));
  expect(opened).toBe(3);
});

test('of services in one repository the first brings the branch, and the others take its commit', async () => {
  const asked: (string | null)[] = [];
  const checkout = async ({ commit }: CheckoutRequest) => {
    asked.push(commit);
    return treeOf('c1');
  };
  const { sources } = sharePorts(
    portsWith({ registries: taggedRegistries({}), sources: { checkout } as unknown as Ports['sources'] }),
  );
  await Promise.all(['a', 'b', 'c'].map((service) => sources.checkout(request(service))));
  await sources.checkout(request('d', 'https://git.example.com/other.git'));
  expect(asked.filter((commit) => commit === 'c1')).toHaveLength(2);
  expect(asked.filter((commit) => commit === null)).toHaveLength(2);
});

test('where the first one fails the next one asks for itself', async () => {
  let calls = 0;
  const checkout = async () => {
    calls += 1;
    if (calls === 1) throw new Error('the work tree is broken');
    return treeOf('c2');
  };
  const { sources } = sharePorts(
    portsWith({ registries: taggedRegistries({}), sources: { checkout } as unknown as Ports['sources'] }),
  );
  const ends = await Promise.allSettled(['a', 'b'].map((service) => sources.checkout(request(service))));
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});
