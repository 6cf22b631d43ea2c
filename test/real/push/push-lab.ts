import { RULES } from '../../../src/healing/rules.ts';
import { createClock } from '../../../src/adapters/clock.ts';
import { createSilentLogger } from '../../../src/adapters/logger.ts';
import { createRedactor } from '../../../src/adapters/redaction/redactor.ts';
import { createRegistries } from '../../../src/adapters/registry/create-registries.ts';
import { createCredentials } from '../../../src/adapters/credentials/create-credentials.ts';
import type { BuildPlan } from '../../../src/plan/build-plan.ts';
import { FINGERPRINT_LABEL } from '../../../src/plan/labels.ts';
import type { BuiltImage } from '../../../src/ports/builder.ts';
import type { Registries, RegistryAddress } from '../../../src/ports/registry.ts';
import type { ClaimedBuild } from '../../../src/ports/store.ts';
import { isDigest, type Digest } from '../../../src/values/image-reference.ts';
import { pushImage } from '../../lab/push-image.ts';
import { createRegistry, orderOf, planOf, type Numbers, type TestOrder } from '../../pipeline/push-world.ts';

/** Registries as the program makes them, with a login in an environment variable. */
export function registriesWith(environment: Readonly<Record<string, string>>): Registries {
  const redactor = createRedactor();
  return createRegistries({
    rules: RULES,
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

/** The plan of an order, for what comes before a push. */
export function realPlan(address: RegistryAddress, repository: string): BuildPlan {
  const plan = planOf({});
  return { ...plan, image: { ...plan.image, registry: address, repository } };
}

/** An order to a real registry; the store and the stream of events are a test's. */
export function realOrder(options: RealOrder): TestOrder {
  const { registries, address, repository, image, fingerprint } = options;
  const base = orderOf({ ...options, world: createRegistry(), image: { content: '', fingerprint } });
  const { context } = base;
  return {
    ...base,
    plan: realPlan(address, repository),
    context: { ...context, ports: { ...context.ports, clock: createClock() } },
    client: registries.open(address),
    image,
  };
}

/** An image that is pushed by the registry's API, as fast as it goes. `scratch` is a repository to try it in. */
export async function quickImage(
  { registries, address, scratch }: { registries: Registries; address: RegistryAddress; scratch: string },
  image: { content: string; fingerprint: string },
): Promise<BuiltImage> {
  const send = async (repository: string, tag: string): Promise<Digest> => {
    const config = { Labels: { [FINGERPRINT_LABEL]: image.fingerprint } };
    const layers = [Buffer.from(image.content)];
    const digest = await pushImage({ host: address.host, repository, tag, architecture: 'amd64', layers, config });
    if (isDigest(digest)) return digest;
    throw new Error(`${digest} is no digest`);
  };
  const get = { repository: scratch, reference: await send(scratch, 'scratch'), platform: 'linux/amd64' };
  const config = await registries.open(address).getConfig({ ...get, signal: AbortSignal.timeout(10_000) });
  if (config === null) throw new Error('the image is not there');
  return {
    id: config.digest,
    platform: 'linux/amd64',
    sizeBytes: 1,
    bases: [],
    steps: { total: 1, cached: 0 },
    remove: () => Promise.resolve(),
    async publish({ path, tag }, _, { signal }) {
      signal.throwIfAborted();
      return { digest: await send(path, tag ?? ''), layersPushed: 1, layersTotal: 1, bytesPushed: 1 };
    },
  };
}
