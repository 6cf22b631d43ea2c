import { createClock } from '../../../src/adapters/clock.ts';
import { createSilentLogger } from '../../../src/adapters/logger.ts';
import { createRedactor } from '../../../src/adapters/redaction/redactor.ts';
import { createRegistries } from '../../../src/adapters/registry/create-registries.ts';
import { createCredentials } from '../../../src/adapters/credentials/create-credentials.ts';
import type { BuildPlan } from '../../../src/plan/build-plan.ts';
import type { BuiltImage } from '../../../src/ports/builder.ts';
import type { Registries, RegistryAddress } from '../../../src/ports/registry.ts';
import type { ClaimedBuild } from '../../../src/ports/store.ts';
import { isDigest } from '../../../src/values/image-reference.ts';
import { pushImage } from '../../lab/push-image.ts';
import { createRegistry, orderOf, type Numbers, type TestOrder } from '../../pipeline/push-world.ts';

/** Registries as the program makes them, with a login in an environment variable. */
export function registriesWith(environment: Readonly<Record<string, string>>): Registries {
  const redactor = createRedactor();
  return createRegistries({
    credentials: createCredentials({
      environment,
      dockerConfigDir: '/nonexistent',
      askGitCredential: () => Promise.resolve(null),
      runHelper: () => Promise.reject(new Error('no helper was expected')),
      redactor,
    }),
    isInsecure: () => Promise.resolve(true),
    redactor,
    clock: createClock(),
    logger: createSilentLogger(),
  });
}

export function addressOf(host: string, credentialId: string | null): RegistryAddress {
  return { host, apiHost: host, pullHost: host, credentialId };
}

export interface RealOrder {
  readonly registries: Registries;
  readonly address: RegistryAddress;
  readonly repository: string;
  readonly number: number;
  readonly image: BuiltImage;
  readonly fingerprint: string;
  readonly numbers?: Numbers;
  readonly build?: Partial<ClaimedBuild>;
}

/** An order to a real registry; the store and the stream of events are a test's. */
export function realOrder(options: RealOrder): TestOrder {
  const { registries, address, repository, image, fingerprint } = options;
  const base = orderOf({ ...options, world: createRegistry(), image: { content: '', fingerprint } });
  const { plan, context } = base;
  const ownPlan: BuildPlan = { ...plan, image: { ...plan.image, registry: address, repository } };
  return {
    ...base,
    plan: ownPlan,
    context: { ...context, ports: { ...context.ports, clock: createClock() } },
    client: registries.open(address),
    image,
  };
}

/** An image that is pushed by the registry's API, as fast as it goes. */
export function quickImage(content: string, fingerprint: string): BuiltImage {
  return {
    id: `sha256:${'0'.repeat(64)}`,
    platform: 'linux/amd64',
    sizeBytes: 1,
    bases: [],
    steps: { total: 1, cached: 0 },
    remove: () => Promise.resolve(),
    async publish({ host, path, tag }) {
      const digest = await pushImage({
        host,
        repository: path,
        tag: tag ?? '',
        architecture: 'amd64',
        layers: [Buffer.from(content)],
        config: { Labels: { 'io.xgen-build.fingerprint': fingerprint } },
      });
      if (!isDigest(digest)) throw new Error(`${digest} is no digest`);
      return { digest, layersPushed: 1, layersTotal: 1, bytesPushed: 1 };
    },
  };
}
