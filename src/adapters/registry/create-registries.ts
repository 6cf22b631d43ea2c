import { ruleForAnswer } from '../../healing/diagnose.ts';
import type { Rule } from '../../healing/rule.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Credentials } from '../../ports/credentials.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Redactor } from '../../ports/redactor.ts';
import type { Registries } from '../../ports/registry.ts';
import { createPatientSend } from './patient-send.ts';
import { createRegistryClient } from './registry-client.ts';
import { createTransport, TRANSPORT_DEFAULTS } from './transport.ts';
import { createAuthorities } from './trust.ts';

export interface RegistriesOptions {
  readonly credentials: Credentials;
  /** What the engine says: true for a host that it reaches without verified TLS. Asked once per client. */
  readonly isInsecure: (host: string) => Promise<boolean>;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The table of failures. */
  readonly rules: readonly Rule[];
  /** The environment, for HTTP_PROXY, HTTPS_PROXY and NO_PROXY; none by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The engine's folder of certificate authorities per registry. */
  readonly certificatesDir?: string;
  /** Milliseconds until a connection must stand (10,000), and without a byte (30,000). */
  readonly connectMs?: number;
  readonly idleMs?: number;
}

/**
 * Clients of registries, each with a login of its own that is kept in memory only. Connections are shared and kept for
 * the next request.
 */
export function createRegistries(options: RegistriesOptions): Registries {
  const { credentials, isInsecure, redactor, clock, logger, rules } = options;
  const send = createPatientSend({
    send: createTransport({
      connectMs: options.connectMs ?? TRANSPORT_DEFAULTS.connectMs,
      idleMs: options.idleMs ?? TRANSPORT_DEFAULTS.idleMs,
      proxyEnvironment: options.environment ?? {},
    }),
    authoritiesFor: createAuthorities(options.certificatesDir ?? '/etc/docker/certs.d'),
    clock,
    logger,
    rules,
  });
  const logsInAgain = ruleForAnswer(rules, 401)?.remedy === 'log-in-again';
  const shared = { send, clock, redactor, logsInAgain };
  return {
    open({ host, apiHost, credentialId }, onRetry) {
      const use = { kind: 'registry', host } as const;
      return createRegistryClient({
        ...shared,
        send: onRetry === undefined ? send : async (call) => send({ ...call, onRetry }),
        where: { host, apiHost, credentialId },
        // The engine knows the registry by the name that it pushes to, whatever name this process reaches it by.
        isInsecure: () => isInsecure(host),
        findLogin: async () => (credentialId === null ? null : credentials.require(credentialId, use)),
      });
    },
    openHost(host) {
      return createRegistryClient({
        ...shared,
        where: { host, apiHost: host, credentialId: null },
        isInsecure: () => isInsecure(host),
        findLogin: () => credentials.find({ kind: 'registry', host }),
      });
    },
  };
}
