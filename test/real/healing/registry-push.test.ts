import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFaultProxy, type Fault, type FaultProxy, type FaultRule } from '../../lab/fault-proxy.ts';
import { answers, asksForLogin, limits } from '../../lab/faults/answer.ts';
import { corruptsRequest } from '../../lab/faults/corrupt.ts';
import { forgetsBlob, forgetsLayerOfManifest, forgetsManifest } from '../../lab/faults/forget.ts';
import { resetsRequest } from '../../lab/faults/reset.ts';
import { drips, isSilent } from '../../lab/faults/slow.ts';
import { startLab, type Infra, type OwnLab } from '../../lab/lab.ts';
import { tagsOf } from '../main-job/scene.ts';
import { expectFailed, expectNextBuildWorks, expectNothingLeft, type ExpectedAttempt } from './expectations.ts';
import { changeSource, freshInfra, runBuild, SERVICE } from './scene.ts';
import { expectEndsWell, type BehindProxy } from './behind-proxy.ts';

let lab: OwnLab;
const infras: Infra[] = [];
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

const UPLOAD = { method: 'PATCH', path: /\/blobs\/uploads\// } as const;
const UPLOADED = { method: 'PUT', path: /\/blobs\/uploads\// } as const;
const MANIFEST = { method: 'PUT', path: /\/manifests\/b\d+-amd64$/ } as const;
const once = (where: Pick<FaultRule, 'method' | 'path'>, fault: Fault): FaultRule => ({ ...where, fault, times: 1 });

/** Behind a proxy of its own, a service whose second build meets the fault. */
async function meet(rule: FaultRule | ((proxy: FaultProxy) => FaultRule)): Promise<BehindProxy> {
  const proxy = await startFaultProxy(lab.registries.nexus.host);
  const infra = await freshInfra(lab, { project: { registry: { nexus: { host: proxy.host } } } });
  infras.push(infra);
  await changeSource(infra, 'second');
  proxy.add(typeof rule === 'function' ? rule(proxy) : rule);
  return { lab, infra, proxy };
}

interface Healed {
  readonly name: string;
  readonly rule: FaultRule;
  /** None: the engine itself tries again, or waits. */
  readonly attempts: readonly ExpectedAttempt[];
}

const WAITED = { stage: 'push', outcome: 'transient', remedy: 'wait-and-retry' } as const;

const HEALED: readonly Healed[] = [
  {
    name: 'a layer is answered with 500 once',
    rule: once(UPLOAD, answers({ status: 500, code: 'UNKNOWN' })),
    attempts: [],
  },
  { name: 'a layer is answered with 502 once', rule: once(UPLOAD, answers({ status: 502 })), attempts: [] },
  {
    name: 'the connection is reset in the middle of a layer',
    rule: once(UPLOAD, resetsRequest(100_000)),
    attempts: [],
  },
  { name: 'a layer arrives with another byte', rule: once(UPLOAD, corruptsRequest()), attempts: [] },
  { name: 'nothing is said for 30 s', rule: once(UPLOAD, isSilent(30_000)), attempts: [] },
  { name: 'a layer drips in', rule: once(UPLOAD, drips({ bytes: 4_000, pauseMs: 50 })), attempts: [] },
  {
    name: 'the manifest is answered with 500 once',
    rule: once(MANIFEST, answers({ status: 500, code: 'UNKNOWN' })),
    attempts: [{ ...WAITED, rule: 'registry-server-error', evidence: expect.stringContaining('500') }],
  },
  {
    name: 'the manifest is answered with 502 once',
    rule: once(MANIFEST, answers({ status: 502 })),
    attempts: [{ ...WAITED, rule: 'registry-server-error', evidence: expect.stringContaining('502') }],
  },
  {
    name: 'the connection is reset under the manifest',
    rule: once(MANIFEST, resetsRequest(10)),
    attempts: [{ ...WAITED, rule: 'connection-broken' }],
  },
  {
    name: 'the manifest is answered with 429 and Retry-After',
    rule: once(MANIFEST, limits(2)),
    attempts: [{ ...WAITED, rule: 'rate-limit' }],
  },
  {
    name: 'the manifest is answered with 429 without Retry-After',
    rule: once(MANIFEST, limits(null)),
    attempts: [{ ...WAITED, rule: 'rate-limit' }],
  },
  {
    name: 'the manifest is answered with 401 once, after a login that worked',
    rule: once(MANIFEST, asksForLogin()),
    attempts: [{ stage: 'push', outcome: 'permanent', remedy: 'log-in-again', rule: 'login-refused' }],
  },
  {
    name: 'a blob is taken and gone',
    rule: once(UPLOADED, forgetsBlob()),
    attempts: [{ stage: 'push', outcome: 'transient', rule: 'blob-unknown' }],
  },
  {
    name: 'the manifest is taken and a layer of it is gone',
    rule: once(MANIFEST, forgetsLayerOfManifest()),
    attempts: [{ stage: 'push', outcome: 'transient', remedy: 'push-again', rule: 'content-vanished' }],
  },
  {
    name: 'the manifest is taken and gone',
    rule: once(MANIFEST, forgetsManifest()),
    attempts: [{ stage: 'push', outcome: 'transient', remedy: 'push-again', rule: 'content-vanished' }],
  },
];

describe.concurrent('a push that meets trouble which passes', () => {
  for (const { name, rule, attempts } of HEALED) {
    it(`ends well where ${name}`, async () => {
      const place = await meet(rule);
      await expectEndsWell(place, attempts);
      await place.proxy.close();
    });

    const [first] = attempts;
    if (first?.rule === undefined) continue;
    const { rule: without } = first;
    it(`fails without ${without} where ${name}, and the next build ends well`, async () => {
      const { infra, proxy } = await meet(rule);
      expectFailed(await runBuild(infra, { without }), 'push');
      expect(await tagsOf(lab, 'nexus', infra.repository('main', SERVICE))).not.toHaveProperty('latest-amd64');
      await expectNextBuildWorks({ lab, infra });
      await proxy.close();
    });
  }
});

interface Ended {
  readonly name: string;
  readonly rule: FaultRule | ((proxy: FaultProxy) => FaultRule);
  readonly code: string;
  /** The last of the attempts. */
  readonly last: ExpectedAttempt;
  readonly tries: number;
  readonly says: RegExp;
}

/** From the first request that it meets on, whatever is asked is answered with 429 that asks for so long. */
function limitsAll(proxy: FaultProxy, seconds: number): Fault {
  const fault = limits(seconds);
  return {
    name: fault.name,
    handle: async (exchange) => {
      proxy.add({ fault });
      await fault.handle(exchange);
    },
  };
}

const ENDED: readonly Ended[] = [
  {
    name: 'the login is refused for good',
    rule: { ...MANIFEST, fault: asksForLogin() },
    code: 'REGISTRY_LOGIN_REFUSED',
    last: { rule: 'login-refused' },
    tries: 2,
    says: /XGEN_CREDENTIAL_NEXUS_CREDENTIALS/,
  },
  {
    name: 'the push is denied',
    rule: { ...MANIFEST, fault: answers({ status: 403, code: 'DENIED', message: 'requested access is denied' }) },
    code: 'REGISTRY_WRITE_REFUSED',
    last: { rule: 'push-refused' },
    tries: 1,
    says: /right/,
  },
  {
    name: 'the repository does not allow updating',
    rule: {
      ...MANIFEST,
      fault: answers({ status: 400, code: 'UNKNOWN', message: 'Repository does not allow updating assets: hosted' }),
    },
    code: 'REGISTRY_WRITE_REFUSED',
    last: { rule: 'update-refused' },
    tries: 1,
    says: /updat|redeploy|tag/i,
  },
  {
    name: 'the manifest is answered with 502 for ever',
    rule: { ...MANIFEST, fault: answers({ status: 502 }) },
    code: 'REGISTRY_FAILED',
    last: { rule: 'registry-server-error', outcome: 'transient' },
    tries: 5,
    says: /log of the registry/,
  },
  {
    name: 'the manifest is answered with 429 for ever',
    rule: { ...MANIFEST, fault: limits(null) },
    code: 'REGISTRY_FAILED',
    last: { rule: 'rate-limit', outcome: 'transient' },
    tries: 5,
    says: /wait/,
  },
  {
    name: 'everything is answered with 429 that asks for two hours',
    rule: (proxy) => ({ ...MANIFEST, fault: limitsAll(proxy, 7_200), times: 1 }),
    code: 'REGISTRY_FAILED',
    last: { rule: 'rate-limit', outcome: 'transient' },
    tries: 1,
    says: /120 minutes/,
  },
];

describe.concurrent('a push that meets trouble which stays', () => {
  for (const { name, rule, code, last, tries, says } of ENDED)
    it(`ends with ${code} and a hint that fits where ${name}, and the next build ends well`, async () => {
      const { infra, proxy } = await meet(rule);
      const { exitCode, result } = await runBuild(infra);
      expect({ exitCode, status: result.status }).toEqual({ exitCode: 1, status: 'failed' });
      expect(result.error).toMatchObject({ code, stage: 'push' });
      expect(result.error?.hint).toMatch(says);
      expect(result.attempts, JSON.stringify(result.attempts)).toHaveLength(tries);
      expect(result.attempts.at(-1)).toMatchObject({ ...last, stage: 'push', remedy: 'none' });
      expect(await tagsOf(lab, 'nexus', infra.repository('main', SERVICE))).not.toHaveProperty('latest-amd64');
      proxy.clear();
      await expectNextBuildWorks({ lab, infra });
      await proxy.close();
    });
});

it('leaves nothing in the engine of all that', () => expectNothingLeft(lab, infras));
