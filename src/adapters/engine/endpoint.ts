/** The process environment as the composition root hands it in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** PEM texts for a TLS connection; null where there is no file. */
export interface TlsMaterial {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** False only for a docker context that says so. */
  readonly verify: boolean;
}

export type EngineAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: TlsMaterial | null }
  | {
      readonly kind: 'ssh';
      readonly host: string;
      readonly user: string | null;
      readonly port: number | null;
      /** Socket on the other machine; null: the one its docker client finds. */
      readonly socket: string | null;
    };

/** Where an engine is, and who said so. */
export interface EngineEndpoint {
  /** As a person writes it: `unix:///var/run/docker.sock`, `tcp://host:2376`, `ssh://user@host`. */
  readonly address: string;
  /** `DOCKER_HOST`, `docker context "remote"`, `the default socket`, … */
  readonly from: string;
  readonly to: EngineAddress;
  /** True where the engine runs on this machine, so that containers' own addresses can be reached. */
  readonly isLocal: boolean;
  /** Host of a tcp or ssh engine, at which published ports are reached; null for a local socket. */
  readonly hostName: string | null;
}

export const DEFAULT_SOCKET = '/var/run/docker.sock';

/**
 * Reads an engine's address by the rules of the docker client: unix, tcp (also without a scheme) and ssh.
 * `tls` is the TLS material for tcp, null for plain. Returns null for anything else.
 */
export function parseEngineAddress(text: string, tls: TlsMaterial | null): EngineAddress | null {
  const match = /^(?:(?<scheme>[a-z]+):\/\/)?(?<rest>.*)$/.exec(text);
  const rest = match?.groups?.['rest'] ?? '';
  switch (match?.groups?.['scheme'] ?? 'tcp') {
    case 'unix':
      return rest === '' || rest.startsWith('/') ? { kind: 'unix', path: rest === '' ? DEFAULT_SOCKET : rest } : null;
    case 'tcp':
      return parseTcp(rest, tls);
    case 'ssh':
      return parseSsh(text);
    default:
      return null;
  }
}

function parseTcp(rest: string, tls: TlsMaterial | null): EngineAddress | null {
  const match = /^(?<host>\[[0-9a-fA-F:.]+\]|[\w.-]*)(?::(?<port>\d{1,5}))?\/?$/.exec(rest);
  const host = match?.groups?.['host'];
  if (host === undefined || rest === '' || host.startsWith('-')) return null;
  const port = Number(match?.groups?.['port'] ?? (tls === null ? 2375 : 2376));
  const name = host.replace(/^\[|\]$/g, '');
  return port > 65_535 ? null : { kind: 'tcp', host: name === '' ? 'localhost' : name, port, tls };
}

function parseSsh(text: string): EngineAddress | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const user = decodeURIComponent(url.username);
  // What begins with a dash would be an option of ssh; a password has no place in an address.
  if (!/^[\w.:][\w.:-]*$/.test(host) || !/^(?:[\w.][\w.@+-]*)?$/.test(user) || url.password !== '') return null;
  if (!/^(?:\/[\w./-]*)?$/.test(url.pathname) || url.search !== '' || url.hash !== '') return null;
  return {
    kind: 'ssh',
    host,
    user: user === '' ? null : user,
    port: url.port === '' ? null : Number(url.port),
    socket: url.pathname === '' || url.pathname === '/' ? null : url.pathname,
  };
}

/** The endpoint of an address: what a person reads, whether it is this machine, where published ports are. */
export function endpointOf(text: string, from: string, to: EngineAddress): EngineEndpoint {
  if (to.kind === 'unix') return { address: `unix://${to.path}`, from, to, isLocal: true, hostName: null };
  const address = /^[a-z]+:\/\//.test(text) ? text : `tcp://${text}`;
  return { address, from, to, isLocal: to.kind === 'tcp' && isLoopback(to.host), hostName: to.host };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
