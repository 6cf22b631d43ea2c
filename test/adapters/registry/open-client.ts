import { RULES } from '../../../src/healing/rules.ts';
import { createSilentLogger } from '../../../src/adapters/logger.ts';
import { createRedactor } from '../../../src/adapters/redaction/redactor.ts';
import { createRegistries } from '../../../src/adapters/registry/create-registries.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Login } from '../../../src/ports/credentials.ts';
import type { RegistryClient } from '../../../src/ports/registry.ts';

export interface ClientOptions {
  readonly host: string;
  readonly apiHost?: string;
  readonly login?: Pick<Login, 'username' | 'password'>;
  readonly insecure?: boolean;
  readonly certificatesDir?: string;
  readonly connectMs?: number;
  readonly idleMs?: number;
  readonly clock?: Clock;
}

/** Waits take no time, and are remembered. */
export function instantClock(): Clock & { readonly slept: number[]; now: () => Date; advance(ms: number): void } {
  const slept: number[] = [];
  let nowMs = 0;
  return {
    slept,
    now: () => new Date(0),
    monotonicMs: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
    sleep: (ms) => {
      slept.push(ms);
      return Promise.resolve();
    },
  };
}

export const FROM = 'environment XGEN_CREDENTIAL_TEST';

/** A client as the composition root makes it, for a registry that has the login when one is given. */
export function openClient(options: ClientOptions): RegistryClient {
  const { host, login } = options;
  const found = login === undefined ? null : { ...login, from: FROM };
  const redactor = createRedactor();
  if (login !== undefined) redactor.add(login.password);
  const registries = createRegistries({
    rules: RULES,
    credentials: {
      require: () => (found === null ? Promise.reject(new Error('no login was expected')) : Promise.resolve(found)),
      find: () => Promise.resolve(found),
    },
    isInsecure: () => Promise.resolve(options.insecure ?? true),
    redactor,
    clock: options.clock ?? instantClock(),
    logger: createSilentLogger(),
    ...(options.certificatesDir === undefined ? {} : { certificatesDir: options.certificatesDir }),
    ...(options.connectMs === undefined ? {} : { connectMs: options.connectMs }),
    ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
  });
  const credentialId = login === undefined ? null : 'test';
  return registries.open({ host, apiHost: options.apiHost ?? host, pullHost: host, credentialId });
}
