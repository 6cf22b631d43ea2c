import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFaultProxy, type FaultProxy } from '../../lab/fault-proxy.ts';
import { answers } from '../../lab/faults/answer.ts';
import { startLab, type Infra, type OwnLab } from '../../lab/lab.ts';
import { SERVICE_NAMES } from '../../lab/services.ts';
import { buildAll, resultOf } from './scene.ts';

/** Registries of its own, behind something that can go wrong. */
let lab: OwnLab;
let proxy: FaultProxy;
beforeAll(async () => {
  lab = await startLab();
  proxy = await startFaultProxy(lab.registries.nexus.host);
});
afterAll(async () => {
  await proxy.close();
  await lab.close();
});

const OTHERS = SERVICE_NAMES.filter((service) => service !== 'xgen-frontend');

function infraBehindProxy(): Promise<Infra> {
  return lab.freshInfra({
    project: { registry: { nexus: { host: proxy.host, credentialId: 'nexus-credentials' } } },
  });
}

it('passing trouble with the registry of one service is over before its end, and no other hears of it', async () => {
  const infra = await infraBehindProxy();
  const broken = answers({ status: 502, code: 'UNKNOWN', message: 'the gateway has no answer' });
  proxy.add({ fault: broken, method: 'PUT', path: /\/xgen-frontend\/manifests\/b\d+/, times: 1 });
  const all = await buildAll(infra);
  expect(proxy.requests.filter(({ fault }) => fault !== null)).toHaveLength(1);
  expect(all).toMatchObject({ status: 'succeeded', succeeded: SERVICE_NAMES });
  for (const service of SERVICE_NAMES) expect(await infra.ask('dev', service)).toBe(`${service} main 1\n`);
  proxy.clear();
});

it('lasting trouble of one service is its own, and the others are deployed', async () => {
  const infra = await infraBehindProxy();
  const refused = answers({ status: 403, code: 'DENIED', message: 'this repository takes no pushes' });
  proxy.add({ fault: refused, method: 'POST', path: /\/xgen-frontend\/blobs\/uploads\// });
  const all = await buildAll(infra, [], { exitCode: 3 });
  expect(all).toMatchObject({ status: 'unstable', failed: ['xgen-frontend'], succeeded: OTHERS });
  expect(resultOf(all, 'xgen-frontend').error?.code).toBe('REGISTRY_WRITE_REFUSED');
  for (const service of OTHERS) expect(await infra.ask('dev', service)).toBe(`${service} main 1\n`);
  expect(await infra.ask('dev', 'xgen-frontend')).toBeNull();
  proxy.clear();
});
