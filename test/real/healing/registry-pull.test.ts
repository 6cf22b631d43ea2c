import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFaultProxy, type FaultRule } from '../../lab/fault-proxy.ts';
import { answers, asksForLogin, limits } from '../../lab/faults/answer.ts';
import { corruptsAnswer } from '../../lab/faults/corrupt.ts';
import { resetsAnswer } from '../../lab/faults/reset.ts';
import { drips, isSilent } from '../../lab/faults/slow.ts';
import { startLab, type Infra, type OwnLab } from '../../lab/lab.ts';
import { LAB_ARCH } from '../../lab/base-image.ts';
import { pushImage } from '../../lab/push-image.ts';
import { makeTar } from '../../lab/tar.ts';
import { readPushedImage } from './pushed-image.ts';
import {
  expectFailed,
  expectMadeUpFor,
  expectNextBuildWorks,
  expectNothingLeft,
  type ExpectedAttempt,
} from './expectations.ts';
import { changeSource, runBuild, writeDockerfile } from './scene.ts';
import { expectEndsWell, type BehindProxy } from './behind-proxy.ts';

let lab: OwnLab;
const infras: Infra[] = [];
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

/** Requests of the engine: xgen-build itself asks for the base image before. */
const ENGINE = /^(?!xgen-build)/;
const LAYER_BYTES = 400_000;

function randomLayer(): Buffer {
  return makeTar([{ kind: 'file', path: 'base', mode: 0o644, content: randomBytes(LAYER_BYTES) }]);
}

/** A base image of its own behind a proxy of its own: no other build has brought it into the engine. */
async function meet(rulesOf: (base: { config: RegExp; layer: RegExp }) => readonly FaultRule[]): Promise<BehindProxy> {
  const { nexus } = lab.registries;
  const proxy = await startFaultProxy(nexus.host);
  const id = randomBytes(4).toString('hex');
  const image = { repository: `base/${id}`, tag: '1', architecture: LAB_ARCH, config: {} };
  const digest = await pushImage({ ...image, host: nexus.host, layers: [randomLayer()], login: nexus });
  const { manifest } = await readPushedImage(nexus, `base/${id}`, digest);
  const infra = await lab.freshInfra({
    project: {
      registry: { nexus: { host: proxy.host } },
      build: { args: { BASE_IMAGE: `${proxy.host}/base/${id}:1` } },
    },
  });
  infras.push(infra);
  await writeDockerfile(infra, 'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCOPY . .\n');
  await changeSource(infra, 'second');
  const blob = (named: { digest: string } | undefined): RegExp => new RegExp(`/blobs/${named?.digest}$`);
  for (const rule of rulesOf({ config: blob(manifest.config), layer: blob(manifest.layers[0]) }))
    proxy.add({ agent: ENGINE, ...rule });
  return { lab, infra, proxy };
}

interface Blobs {
  readonly config: RegExp;
  readonly layer: RegExp;
}

interface Healed {
  readonly name: string;
  readonly rule: (blobs: Blobs) => FaultRule;
  /** None: the engine itself tries again, or waits. */
  readonly attempts: readonly ExpectedAttempt[];
}

const MANIFEST = /\/manifests\//;
const WAITED = { stage: 'build', outcome: 'transient', remedy: 'wait-and-retry' } as const;

const HEALED: readonly Healed[] = [
  {
    name: 'a layer is answered with 502 once',
    rule: ({ layer }) => ({ path: layer, fault: answers({ status: 502 }), times: 1 }),
    attempts: [],
  },
  {
    name: 'the connection is reset in the middle of a layer',
    rule: ({ layer }) => ({ path: layer, fault: resetsAnswer(100_000), times: 1 }),
    attempts: [],
  },
  {
    name: 'a layer comes with another byte',
    rule: ({ layer }) => ({ path: layer, fault: corruptsAnswer(), times: 1 }),
    attempts: [],
  },
  {
    name: 'nothing is said for 30 s',
    rule: ({ layer }) => ({ path: layer, fault: isSilent(30_000), times: 1 }),
    attempts: [],
  },
  {
    name: 'a layer drips in',
    rule: ({ layer }) => ({ path: layer, fault: drips({ bytes: 4_000, pauseMs: 30 }) }),
    attempts: [],
  },
  {
    name: 'its configuration is answered with 502 once',
    rule: ({ config }) => ({ path: config, fault: answers({ status: 502 }), times: 1 }),
    attempts: [{ ...WAITED, rule: 'registry-server-error', evidence: expect.stringContaining('502') }],
  },
  {
    name: 'its manifest is answered with 429 once',
    rule: () => ({ path: MANIFEST, fault: limits(1), times: 1 }),
    attempts: [],
  },
  {
    name: 'its manifest is answered with 429 as often as the engine asks',
    rule: () => ({ path: MANIFEST, fault: limits(null), times: 6 }),
    attempts: [{ ...WAITED, rule: 'rate-limit' }],
  },
  {
    name: 'its manifest is answered with 500 once',
    rule: () => ({ path: MANIFEST, fault: answers({ status: 500, code: 'UNKNOWN' }), times: 1 }),
    attempts: [{ ...WAITED, rule: 'registry-server-error' }],
  },
  {
    name: 'its configuration comes with another byte, which the engine keeps',
    rule: ({ config }) => ({ path: config, fault: corruptsAnswer(), times: 1 }),
    attempts: [{ stage: 'build', outcome: 'cache-damage', remedy: 'prune-and-rebuild', rule: 'configuration-damaged' }],
  },
];

describe.concurrent('a base image on the way of which is trouble that passes', () => {
  for (const { name, rule, attempts } of HEALED) {
    it(`is built on where ${name}`, async () => {
      const place = await meet((blobs) => [rule(blobs)]);
      await expectEndsWell(place, attempts);
      await place.proxy.close();
    });

    const [first] = attempts;
    if (first?.rule === undefined) continue;
    const { rule: without } = first;
    it(`ends the build without ${without} where ${name}, and the next build ends well`, async () => {
      const { infra, proxy } = await meet((blobs) => [rule(blobs)]);
      expectFailed(await runBuild(infra, { without }), 'build');
      await expectMadeUpFor({ lab, infra });
      await proxy.close();
    });
  }
});

interface Ended {
  readonly name: string;
  readonly rule: (blobs: Blobs) => FaultRule;
  readonly code: string;
  readonly last: ExpectedAttempt;
  readonly tries: number;
}

const ENDED: readonly Ended[] = [
  {
    name: 'its configuration is answered with 502 for ever',
    rule: ({ config }) => ({ path: config, fault: answers({ status: 502 }) }),
    code: 'REGISTRY_FAILED',
    last: { rule: 'registry-server-error' },
    tries: 5,
  },
  {
    name: 'its manifest is answered with 429 for ever',
    rule: () => ({ path: MANIFEST, fault: limits(null) }),
    code: 'REGISTRY_FAILED',
    last: { rule: 'rate-limit' },
    tries: 5,
  },
  {
    name: 'its manifest may not be read',
    rule: () => ({ path: MANIFEST, fault: answers({ status: 403, code: 'DENIED', message: 'denied' }) }),
    code: 'BASE_IMAGE_MISSING',
    last: { rule: 'base-image-refused' },
    tries: 1,
  },
  {
    name: 'its manifest asks for a login, whatever login comes',
    rule: () => ({ path: MANIFEST, fault: asksForLogin() }),
    code: 'BASE_IMAGE_MISSING',
    last: { rule: 'base-image-login' },
    tries: 2,
  },
];

describe.concurrent('a base image on the way of which is trouble that stays', () => {
  for (const { name, rule, code, last, tries } of ENDED)
    it(`ends the build with ${code} where ${name}, and the next build ends well`, async () => {
      const { infra, proxy } = await meet((blobs) => [rule(blobs)]);
      const { exitCode, result } = await runBuild(infra);
      expect({ exitCode, status: result.status }).toEqual({ exitCode: 1, status: 'failed' });
      expect(result.error).toMatchObject({ code, stage: 'build' });
      expect(result.error?.message).toContain(proxy.host);
      expect(result.error?.hint).not.toBe('');
      expect(result.attempts, JSON.stringify(result.attempts)).toHaveLength(tries);
      expect(result.attempts.at(-1)).toMatchObject({ ...last, stage: 'build', remedy: 'none' });
      proxy.clear();
      await expectNextBuildWorks({ lab, infra });
      await proxy.close();
    });
});

it('leaves nothing in the engine of all that', () => expectNothingLeft(lab, infras));
