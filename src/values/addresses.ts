const HOST =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:.]+\])$/;
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** A host with or without a port: `docker.x2bee.com`, `localhost:30500`, `[::1]:5000`. */
export const HOST_PORT_PATTERN = /^(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/** Splits `host:port`; the port is null where there is none. Null for anything else. */
export function parseHostPort(text: string): { readonly host: string; readonly port: number | null } | null {
  const match = /^(?<host>\[[^\]]*\]|[^:]*)(?::(?<port>\d{1,5}))?$/.exec(text);
  const host = match?.groups?.['host'] ?? '';
  if (text.length > 253 || !HOST.test(host)) return null;
  const port = match?.groups?.['port'];
  if (port === undefined) return { host, port: null };
  return Number(port) >= 1 && Number(port) <= 65_535 ? { host, port: Number(port) } : null;
}

/**
 * Why a text cannot be the host of an image's name; null where it can. The docker client takes the first part of a
 * name for a host only with a dot, a colon or as `localhost`: `registry/xgen` would be on Docker Hub.
 */
export function registryHostProblem(text: string): string | null {
  if (text.includes('://')) return 'a registry is written without "https://"';
  if (text.includes('/')) return 'a registry is a host and a port, without a path';
  if (text.includes('@')) return 'a registry is written without a login; that belongs under credentialId';
  if (parseHostPort(text) === null) return 'expected a host with an optional port, such as docker.example.com:5000';
  if (text === 'localhost' || /[.:]/.test(text)) return null;
  return `without a dot or a port docker looks for it on Docker Hub; write ${text}:443`;
}

/** Why a text cannot be the address of a git server; null where it can. The text itself may hold a password. */
export function gitAddressProblem(text: string): string | null {
  const address = parseAddress(text);
  if (address === null || !['https:', 'http:', 'ssh:', 'file:'].includes(address.protocol)) {
    return 'expected an address such as https://gitlab.example.com (https, http, ssh or file)';
  }
  if (address.search !== '' || address.hash !== '') return 'an address has neither "?" nor "#"';
  if (/(?:^|\/)\.{2}(?:\/|$)/.test(text)) return 'it holds ".."';
  if (address.protocol === 'file:') return fileAddressProblem(address);
  const login = loginProblem(address);
  return login ?? (HOST.test(address.hostname) ? null : 'its host is not a host name');
}

/** Why a text cannot be the address of a Docker engine; null where it can. */
export function engineAddressProblem(text: string): string | null {
  const expected = 'expected unix:///path, tcp://host:port or ssh://user@host';
  if (text.startsWith('unix://')) return /^unix:\/\/\/[^\s?#]+$/.test(text) ? null : expected;
  const address = parseAddress(text);
  if (address === null || !['tcp:', 'ssh:'].includes(address.protocol)) return expected;
  if (!HOST.test(address.hostname) || !['', '/'].includes(address.pathname)) return expected;
  if (address.search !== '' || address.hash !== '') return expected;
  return address.protocol === 'tcp:' && (address.port === '' || address.username !== '')
    ? expected
    : loginProblem(address);
}

/** Why a text cannot be `ADDRESS:PORT` of a published port; null where it can. */
export function publishProblem(text: string): string | null {
  const parsed = parseHostPort(text);
  const isAddress = parsed !== null && (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(parsed.host) || parsed.host.startsWith('['));
  return isAddress && parsed.port !== null ? null : 'expected an address and a port, such as 127.0.0.1:18000';
}

/** The address of a repository: server, group and name, with `.git`. */
export function repositoryUrl(server: string, group: string, repository: string): string {
  return `${server.replace(/\/+$/, '')}/${group}/${repository}.git`;
}

function parseAddress(text: string): URL | null {
  // The URL parser drops tabs and line breaks and turns backslashes round: what git is given must be what was checked.
  if (/[\p{Cc}\s\\]/u.test(text)) return null;
  return URL.canParse(text) ? new URL(text) : null;
}

function fileAddressProblem(address: URL): string | null {
  return address.hostname === '' && address.pathname.length > 1 ? null : 'a file address is file:///absolute/path';
}

function loginProblem(address: URL): string | null {
  if (address.password !== '') return 'a password does not belong in an address; use credentialId';
  if (address.username === '') return null;
  if (address.protocol !== 'ssh:') return 'a user name does not belong in an address; use credentialId';
  return USER.test(address.username) ? null : 'its user name is not one';
}
