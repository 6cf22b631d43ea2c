import { createClock } from '../adapters/clock.ts';
import { createCredentials } from '../adapters/credentials/create-credentials.ts';
import { createRunHelper } from '../adapters/credentials/run-helper.ts';
import type { Engine } from '../adapters/engine/open-engine.ts';
import { createSources } from '../adapters/git/create-sources.ts';
import { createPinoLogger, createSilentLogger } from '../adapters/logger.ts';
import { readIdentity, type ProcessIdentity } from '../adapters/process-identity.ts';
import { createRedactor } from '../adapters/redaction/redactor.ts';
import { UsageError } from '../errors/xgen-error.ts';
import { rulesWithout } from '../healing/rules.ts';
import type { Ports } from '../pipeline/context.ts';
import type { Builder, BuilderInfo } from '../ports/builder.ts';
import type { Clock } from '../ports/clock.ts';
import type { Credentials } from '../ports/credentials.ts';
import type { Redactor } from '../ports/redactor.ts';
import type { Store } from '../ports/store.ts';
import type { RolloutTarget, Targets } from '../ports/target.ts';
import { lazyTarget } from './lazy-target.ts';
import type { Surroundings } from './surroundings.ts';

/** The ports of commands that keep nothing. */
export type ReadingPorts = Omit<Ports, 'store'>;

/** The real outside world. */
export interface Composition {
  readonly ports: ReadingPorts;
  /** Begins to ask the engine what each build asks first. */
  prepareBuild(): void;
  /** Opens the state once; later calls give the same one. */
  openStore(): Promise<Store>;
  close(): Promise<void>;
}

/** A live line is drawn again within a moment; a line of the log must not stand behind it. */
function clearing({ progress }: Surroundings): string {
  return progress === 'tty' ? '\r\u001b[J' : '';
}

/** What is made first: enough to begin to fetch the source while everything else is loaded. */
export interface Ground extends Pick<Ports, 'clock' | 'redactor' | 'logger' | 'credentials' | 'sources'> {
  readonly identity: ProcessIdentity;
}

export async function layGround(surroundings: Surroundings): Promise<Ground> {
  const { environment, cacheDir } = surroundings;
  const clock = createClock();
  const redactor = createRedactor();
  const logger = surroundings.verbose
    ? await createPinoLogger({ redactor, level: 'debug', before: clearing(surroundings) })
    : createSilentLogger();
  const identity = await readIdentity();
  const credentials = createLogins(surroundings, redactor);
  const sources = createSources({ cacheDir, credentials, redactor, clock, logger, environment });
  return { clock, redactor, logger, identity, credentials, sources };
}

/** Constructs the other adapters; each loads what is heavy when it is first used. */
export async function compose(surroundings: Surroundings, ground: Ground): Promise<Composition> {
  const { environment } = surroundings;
  const { clock, redactor, logger, identity, credentials, sources } = ground;
  const rules = rulesWithout(environment['XGEN_WITHOUT_RULES'] ?? '');
  const engines = openEngines(surroundings);
  const [buildkit, upkeeping, registry, secrets] = await Promise.all([
    import('../adapters/buildkit/create-builder.ts'),
    import('../adapters/upkeep/create-upkeep.ts'),
    import('../adapters/registry/create-registries.ts'),
    import('../adapters/secrets/read-secret.ts'),
  ]);
  const builder = buildkit.createBuilder({ engine: () => engines.open(null), clock, logger, rules });
  const upkeep = upkeeping.createUpkeep({ engine: () => engines.open(null), clock, logger, identity });
  const insecurity = createInsecurity(builder, clock);
  const docker = lazyTarget(async () => {
    const { createDockerTarget } = await import('../adapters/target-docker/docker-target.ts');
    return createDockerTarget({ openEngine: (host) => engines.open(host), clock, logger, identity });
  });
  const registries = registry.createRegistries({
    credentials,
    isInsecure: insecurity.of,
    redactor,
    clock,
    logger,
    rules,
    environment,
  });
  const kubernetes = lazyTarget(async () => {
    const { createKubernetesTarget } = await import('../adapters/target-kubernetes/kubernetes-target.ts');
    return createKubernetesTarget({ environment, clock, logger, redactor, registries, identity });
  });
  let store: Promise<Store> | null = null;
  return {
    ports: {
      clock,
      redactor,
      logger,
      credentials,
      builder,
      upkeep,
      rules,
      sources,
      registries,
      readSecret: secrets.createSecretReader({ environment, credentials, redactor }),
      targets: targetsOf({ docker, kubernetes }),
    },
    prepareBuild: insecurity.prepare,
    openStore: () =>
      (store ??= import('../adapters/store-sqlite/open-store.ts').then(({ openStore }) =>
        openStore({ stateDir: surroundings.stateDir, clock, identity }),
      )),
    async close() {
      await store?.then((open) => open.close()).catch(() => undefined);
      await Promise.all([docker.close(), kubernetes.close()]);
      await engines.close();
    },
  };
}

/** One connection per engine, however often it is asked for. */
function openEngines({ environment }: Surroundings) {
  const engines = new Map<string | null, Promise<Engine>>();
  return {
    open(host: string | null): Promise<Engine> {
      const known = engines.get(host);
      if (known !== undefined) return known;
      const opening = import('../adapters/engine/open-engine.ts').then(({ openEngine }) =>
        openEngine({ environment, host }),
      );
      engines.set(host, opening);
      return opening;
    },
    async close(): Promise<void> {
      const opened = await Promise.allSettled(engines.values());
      for (const engine of opened) if (engine.status === 'fulfilled') engine.value.close();
    },
  };
}

/**
 * Registries without verified TLS are those that the building engine treats so; without an engine only those on
 * loopback are, by the engine's own default.
 */
function createInsecurity(builder: Builder, clock: Clock) {
  let asked: { readonly atMs: number; readonly info: Promise<BuilderInfo> } | null = null;
  const ask = async (): Promise<BuilderInfo> => {
    if (asked === null || clock.monotonicMs() - asked.atMs > INFO_FRESH_MS) {
      asked = { atMs: clock.monotonicMs(), info: builder.info(AbortSignal.timeout(10_000)) };
    }
    return asked.info;
  };
  return {
    /** Begins to ask; a failure is heard of later. */
    prepare: (): void => void ask().catch(() => undefined),
    of: async (host: string): Promise<boolean> => {
      try {
        return await (await ask()).isInsecure(host);
      } catch {
        asked = null;
        return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host);
      }
    },
  };
}

/** Several registries are asked at once at the beginning of a build; a service hears of a changed daemon.json later. */
const INFO_FRESH_MS = 10_000;

function createLogins({ environment, dockerConfigDir }: Surroundings, redactor: Redactor): Credentials {
  return createCredentials({
    environment,
    dockerConfigDir,
    redactor,
    runHelper: createRunHelper(environment),
    askGitCredential: async (url) => {
      const { askGitCredential } = await import('../adapters/git/ask-credential.ts');
      const found = await askGitCredential(url, environment, AbortSignal.timeout(15_000));
      return found === null ? null : { ...found, from: "git's credential helpers" };
    },
  });
}

function targetsOf({ docker, kubernetes }: { docker: RolloutTarget; kubernetes: RolloutTarget }): Targets {
  return (kind) => {
    if (kind === 'docker') return docker;
    if (kind === 'kubernetes') return kubernetes;
    throw new UsageError({
      code: 'NOT_BUILT_YET',
      message: `this version does not roll out to ${kind}`,
      hint: 'use --no-deploy, or an environment with target: kubernetes or docker',
    });
  };
}
