import { EngineError, messageOf } from '../../errors/xgen-error.ts';
import type { EngineEndpoint } from './endpoint.ts';

/** What find-engine says of an address that it was given. */
const FROM_CONFIGURATION = 'the configuration';
const OTHER_HOST = 'set DOCKER_HOST to where it is';

/** The error of an engine that could not be connected to: which address, who said so, why, and what to type. */
export function engineUnreachable(endpoint: EngineEndpoint, cause: unknown): EngineError {
  if (cause instanceof EngineError) return cause;
  const code = errorCodeOf(cause);
  return new EngineError({
    code: 'ENGINE_UNREACHABLE',
    message: `the Docker engine at ${endpoint.address} (${endpoint.from}) ${reasonOf(code, cause)}`,
    hint: hintOf(endpoint, code),
    facts: { endpoint: endpoint.address, from: endpoint.from, cause: code ?? null },
    cause,
  });
}

/** The error of an engine that went away while it was at work: its connection broke. */
export function engineLost(endpoint: EngineEndpoint, cause: unknown): EngineError {
  if (cause instanceof EngineError) return cause;
  return new EngineError({
    code: 'ENGINE_UNREACHABLE',
    message: `the connection to the Docker engine at ${endpoint.address} broke while it was at work`,
    hint: 'see whether the engine was restarted (`docker info`, `journalctl -u docker`), then run the command again',
    facts: { endpoint: endpoint.address, from: endpoint.from, cause: errorCodeOf(cause) ?? null },
    evidence: [messageOf(cause)],
    cause,
  });
}

export function errorCodeOf(cause: unknown): string | undefined {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function reasonOf(code: string | undefined, cause: unknown): string {
  switch (code ?? '') {
    case 'ENOENT':
      return 'is not there: no such socket';
    case 'ECONNREFUSED':
      return 'does not answer: nobody listens there';
    case 'EACCES':
    case 'EPERM':
      return 'may not be used by this user: permission denied';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'is not found: the host name has no address';
    case 'ETIMEDOUT':
      return 'did not answer in time';
    default:
      return `cannot be reached: ${messageOf(cause)}`;
  }
}

function hintOf(endpoint: EngineEndpoint, code: string | undefined): string {
  const { to } = endpoint;
  if (to.kind === 'ssh') {
    const target = to.user === null ? to.host : `${to.user}@${to.host}`;
    return `try it by hand: ssh ${to.port === null ? '' : `-p ${to.port} `}${target} docker version`;
  }
  if (to.kind === 'tcp') {
    return to.tls === null
      ? `see that the engine listens there; with TLS set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH`
      : 'see that the engine listens there and that ca.pem, cert.pem and key.pem are those it knows';
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return 'put the user into the socket\'s group (sudo usermod -aG docker "$USER") and log in again';
  }
  if (endpoint.from === 'the rootless socket') return 'start it: systemctl --user start docker';
  // DOCKER_HOST changes nothing about an address that environments.yaml names.
  const other = endpoint.from === FROM_CONFIGURATION ? 'correct docker.host in environments.yaml' : OTHER_HOST;
  return `start it (sudo systemctl start docker), or ${other}`;
}
