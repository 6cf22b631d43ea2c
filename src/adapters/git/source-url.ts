import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { UsageError } from '../../errors/xgen-error.ts';
import type { SourceRef } from '../../ports/sources.ts';
import { gitAddressProblem } from '../../values/addresses.ts';
import { BRANCH_NAME, requireName } from '../../values/names.ts';

export type Scheme = 'https' | 'http' | 'ssh' | 'file';

/** The scheme of an address that `requireSource` let through. */
export function schemeOf(url: string): Scheme {
  const scheme = new URL(url).protocol.slice(0, -1);
  return scheme === 'https' || scheme === 'http' || scheme === 'ssh' ? scheme : 'file';
}

export function isHttp(url: string): boolean {
  const scheme = schemeOf(url);
  return scheme === 'https' || scheme === 'http';
}

/**
 * Refuses what must not reach git, although the configuration was checked before: an address of another kind or with a
 * login in it, a branch that git or a shell could take for something else. Throws NAME_REFUSED.
 */
export function requireSource(source: SourceRef): void {
  const problem = addressProblem(source.url);
  if (problem !== null) {
    throw new UsageError({
      code: 'NAME_REFUSED',
      message: `the address of a repository is refused: ${problem}`,
      hint: 'see gitlab.url or github.url in config/project.yaml, and repo in config/services.yaml',
    });
  }
  requireName(BRANCH_NAME, source.branch);
}

/** Why an address cannot be handed to git; null where it can. */
export function addressProblem(url: string): string | null {
  // The text itself is not quoted: it may hold a password.
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(url)) return 'it holds a control character';
  return gitAddressProblem(url);
}

/**
 * `https://host:port`: the part of an address that a login is meant for. Two addresses with one origin are on the same
 * host; `file://` for all files.
 */
export function originOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/**
 * A submodule's address as `.gitmodules` says it, relative ones taken from the repository's own (gitmodules(5)). Null
 * where it is not on the same host: its login would go elsewhere, and a path would reach this machine's own files. Files
 * count as one host only within the folder that the repository is in.
 */
export function resolveSubmoduleUrl(parent: string, url: string): string | null {
  const isRelative = url.startsWith('./') || url.startsWith('../');
  if (!isRelative && !URL.canParse(url)) return null;
  const resolved = isRelative ? joinUrl(parent, url) : url;
  if (resolved === null || addressProblem(resolved) !== null || originOf(resolved) !== originOf(parent)) return null;
  if (schemeOf(parent) !== 'file') return resolved;
  const own = filePath(parent);
  const path = filePath(resolved);
  return own !== null && path !== null && path.startsWith(`${posix.dirname(own)}/`) ? resolved : null;
}

/** The path that git makes of a file address: it decodes `%2F` and `%2E` too. Null where it cannot be decoded. */
function filePath(url: string): string | null {
  try {
    return posix.normalize(decodeURIComponent(new URL(url).pathname)).replace(/\/+$/, '');
  } catch {
    return null;
  }
}

/** Git counts from the repository itself, not from the folder that it is in: `../b.git` is a sibling. */
function joinUrl(parent: string, relative: string): string | null {
  const { pathname, protocol, host, username } = new URL(parent);
  const path = posix.join(pathname, relative);
  const depth = relative.split('/').filter((part) => part === '..').length;
  if (depth > pathname.split('/').filter((part) => part !== '').length) return null;
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${path}`;
}

/**
 * A name for a folder: what a person recognises, and a hash of all that makes it unique (two addresses can look alike
 * once their special characters are gone).
 */
export function cacheName(readable: string, identity: readonly (string | boolean)[]): string {
  const text = readable.replace(/\.git\/*$/, '').replaceAll(/[^A-Za-z0-9._-]+/g, '-');
  const hash = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12);
  return `${text.replaceAll(/^[.-]+|[.-]+$/g, '').slice(-60) || 'source'}-${hash}`;
}
