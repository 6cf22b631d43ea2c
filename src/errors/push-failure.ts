import type { ErrorCode } from './codes.ts';
import { RegistryError } from './xgen-error.ts';

export interface PushFailure {
  /** The engine's own error. */
  readonly message: string;
  /** `host/path:tag` */
  readonly reference: string;
  readonly host: string;
  /** Where the login came from; null where none was sent. */
  readonly loginFrom: string | null;
}

interface Row {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly message: (failure: PushFailure) => string;
  readonly hint: (failure: PushFailure) => string;
}

/** Texts of a push by the engine, in the order in which they are tried. Samples are in the test beside it. */
const TABLE: readonly Row[] = [
  {
    pattern: /no basic auth credentials|unauthorized|authentication required|incorrect username or password|\b401\b/i,
    code: 'REGISTRY_LOGIN_REFUSED',
    message: ({ host, loginFrom }) =>
      loginFrom === null
        ? `the registry ${host} wants a login, and none is configured`
        : `the registry ${host} refused the login`,
    hint: ({ loginFrom }) =>
      loginFrom === null
        ? 'give the registry a credentialId in project.yaml'
        : `correct the login, which came from ${loginFrom}`,
  },
  {
    pattern: /\bdenied\b|\b403\b|forbidden|does not allow updating|read.only/i,
    code: 'REGISTRY_WRITE_REFUSED',
    message: ({ reference }) => `the login may not push ${reference}`,
    hint: ({ loginFrom }) =>
      `give ${loginFrom === null ? 'the registry a login' : `the login from ${loginFrom} the right`} to push there, and see whether the registry allows new tags`,
  },
  {
    pattern: /toomanyrequests|\b429\b/i,
    code: 'REGISTRY_FAILED',
    message: ({ host }) => `the registry ${host} refuses more requests for now`,
    hint: () => 'wait, then run the command again',
  },
  {
    pattern: /HTTP response to HTTPS client/i,
    code: 'REGISTRY_UNREACHABLE',
    message: ({ host }) => `the registry ${host} speaks plain HTTP, and the engine expects HTTPS`,
    hint: ({ host }) => `put "${host}" into insecure-registries of the engine's daemon.json and restart the engine`,
  },
  {
    pattern: /x509:|certificate/i,
    code: 'REGISTRY_UNREACHABLE',
    message: ({ host }) => `the engine does not trust the certificate of the registry ${host}`,
    hint: ({ host }) => `put the CA's certificate into /etc/docker/certs.d/${host}/ca.crt on the engine's machine`,
  },
  {
    pattern: /unexpected HTTP status: 5\d\d|blob upload (?:unknown|invalid)|unknown blob/i,
    code: 'REGISTRY_FAILED',
    message: ({ host }) => `the registry ${host} answered with an error`,
    hint: () => 'run the command again; if it stays so, look at the log of the registry',
  },
  {
    pattern:
      /dial tcp|no such host|connection refused|connection reset|broken pipe|i\/o timeout|handshake timeout|Client\.Timeout|(?:Get|Head|Put|Post|Patch) "?http[^]*EOF/i,
    code: 'REGISTRY_UNREACHABLE',
    message: ({ host }) => `the engine cannot reach the registry ${host}`,
    hint: ({ host }) => `see that ${host} is right and that the machine of the engine reaches it`,
  },
];

/** What a failed push means, in words for the person who reads it. */
export function classifyPushFailure(failure: PushFailure): RegistryError {
  const row = TABLE.find(({ pattern }) => pattern.test(failure.message));
  return new RegistryError({
    code: row?.code ?? 'PUSH_FAILED',
    message: row?.message(failure) ?? `${failure.reference} could not be pushed`,
    hint:
      row?.hint(failure) ?? 'run the command again; if it stays so, build once with --no-cache: a layer may be damaged',
    facts: { registry: failure.host, image: failure.reference },
    evidence: [failure.message],
  });
}

/** The error of a push that the engine tries again and again. */
export function pushKeepsFailing(failure: Omit<PushFailure, 'message'>, rounds: number): RegistryError {
  return new RegistryError({
    code: 'PUSH_FAILED',
    message: `${failure.reference} could not be pushed: a layer failed ${rounds} times`,
    hint: `see the log of the registry ${failure.host} (errors 5xx, a full disk); if it has none, build once with --no-cache: a layer may be damaged`,
    facts: { registry: failure.host, image: failure.reference },
  });
}
