import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * How this machine reaches packages, read from its own configuration, so that builds in containers do the same: build
 * arguments of the Dockerfiles, without those that would only repeat a default.
 */
export function mirrorArguments(): Record<string, string> {
  const mirrors = { PIP_INDEX_URL: pipIndex(), NPM_CONFIG_REGISTRY: npmRegistry(), CARGO_MIRROR: cargoMirror() };
  return Object.fromEntries(Object.entries(mirrors).filter((entry): entry is [string, string] => entry[1] !== null));
}

/** The bundle of certificates that this machine trusts; null where it has none. */
export function caBundle(): string | null {
  const candidates = [
    process.env['SSL_CERT_FILE'],
    process.env['NODE_EXTRA_CA_CERTS'],
    '/etc/ssl/certs/ca-certificates.crt',
  ];
  return candidates.find((file) => file !== undefined && file !== '' && existsSync(file)) ?? null;
}

/** `http://deb.debian.org/debian`, or what this machine's apt uses in its place. */
export function aptMirror(): string {
  const texts = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].map(readIfThere).join('\n');
  return (
    /^(?:URIs:|deb)\s.*?(?<url>https?:\/\/\S+\/debian)\/?(?:\s|$)/m.exec(texts)?.groups?.['url'] ??
    'http://deb.debian.org/debian'
  );
}

function pipIndex(): string | null {
  const files = ['/etc/pip.conf', join(homedir(), '.config/pip/pip.conf'), join(homedir(), '.pip/pip.conf')];
  const configured = files.map((file) => /^\s*index-url\s*=\s*(?<url>\S+)/m.exec(readIfThere(file))?.groups?.['url']);
  return process.env['PIP_INDEX_URL'] ?? configured.findLast((url) => url !== undefined) ?? null;
}

function npmRegistry(): string | null {
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
  return registry.startsWith('https://registry.npmjs.org') || registry === '' ? null : registry;
}

function cargoMirror(): string | null {
  const home = process.env['CARGO_HOME'] ?? join(homedir(), '.cargo');
  const text = [join(home, 'config.toml'), join(home, 'config')].map(readIfThere).join('\n');
  const name = /^\[source\.crates-io\][^[]*?^replace-with\s*=\s*"(?<name>[^"]+)"/m.exec(text)?.groups?.['name'];
  if (name === undefined) return null;
  const section = text.split(/^\[/m).find((part) => part.startsWith(`source.${name}]`)) ?? '';
  return /^registry\s*=\s*"(?<url>[^"]+)"/m.exec(section)?.groups?.['url'] ?? null;
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
