import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { schemesFor } from '../../../src/adapters/registry/endpoint.ts';
import { startFakeRegistry, type FakeRegistry } from './fake-registry.ts';
import { openClient } from './open-client.ts';
import { TEST_TLS } from './test-tls.ts';

const signal = new AbortController().signal;
const open: FakeRegistry[] = [];

async function start(tls: typeof TEST_TLS | null): Promise<FakeRegistry> {
  const registry = await startFakeRegistry(tls);
  open.push(registry);
  return registry;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((registry) => registry.close()));
});

describe('schemesFor', () => {
  it.each([
    [false, 'docker.x2bee.com', ['https']],
    [false, 'localhost:5000', ['https']],
    [true, '10.0.0.5:5000', ['https', 'http']],
    [true, 'localhost:30500', ['http', 'https']],
    [true, '127.0.0.1:5000', ['http', 'https']],
    [true, '[::1]:5000', ['http', 'https']],
    [true, '127.0.0.1.example:5000', ['https', 'http']],
  ])('insecure %s at %s: %j', (insecure, host, schemes) => {
    expect(schemesFor(insecure, host)).toEqual(schemes);
  });
});

describe('finding the registry', () => {
  it('speaks plain HTTP where the engine does', async () => {
    const registry = await start(null);
    await openClient({ host: registry.host, insecure: true }).ping(signal);
    expect(registry.seen).toHaveLength(2);
  });

  it('speaks HTTPS without a check where the engine does', async () => {
    const registry = await start(TEST_TLS);
    await openClient({ host: registry.host, insecure: true }).ping(signal);
    expect(registry.seen.map(({ path }) => path)).toEqual(['/v2/', '/v2/']);
  });

  it('goes from plain HTTP to HTTPS where a proxy redirects there', async () => {
    const registry = await start(null);
    registry.intercept = () => ({ status: 301, headers: { location: `https://${registry.host}/v2/` } });
    await expect(openClient({ host: registry.host, insecure: true }).ping(signal)).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
    });
  });

  it('says why plain HTTP failed, not that there is no HTTPS either', async () => {
    const server = createServer((_, response) => void response.destroy());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const host = `127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
    try {
      await expect(openClient({ host, insecure: true }).ping(signal)).rejects.toMatchObject({
        code: 'REGISTRY_UNREACHABLE',
        message: `the connection to the registry ${host} broke`,
      });
    } finally {
      server.close();
    }
  });

  it('never falls back to plain HTTP for a secure registry, and names insecure-registries', async () => {
    const registry = await start(null);
    const login = { username: 'ci', password: 'pass-word' };
    await expect(openClient({ host: registry.host, insecure: false, login }).ping(signal)).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: `the registry ${registry.host} speaks plain HTTP, and HTTPS was expected`,
      hint: expect.stringContaining('insecure-registries'),
    });
    expect(registry.seen).toEqual([]);
  });

  it('refuses a certificate that nobody vouches for', async () => {
    const registry = await start(TEST_TLS);
    await expect(openClient({ host: registry.host, insecure: false }).ping(signal)).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      hint: expect.stringContaining(`/etc/docker/certs.d/${registry.host}/ca.crt`),
    });
    expect(registry.seen).toEqual([]);
  });

  it('trusts the authority in the engine’s folder for this registry', async () => {
    const registry = await start(TEST_TLS);
    const certificatesDir = mkdtempSync(join(tmpdir(), 'xgen-certs-'));
    mkdirSync(join(certificatesDir, registry.host));
    writeFileSync(join(certificatesDir, registry.host, 'ca.crt'), TEST_TLS.cert);
    await openClient({ host: registry.host, insecure: false, certificatesDir }).ping(signal);
    expect(registry.seen).toHaveLength(2);
    rmSync(certificatesDir, { recursive: true });
  });
});
