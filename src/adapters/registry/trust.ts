import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';

/** The certificate authorities (PEM) that the engine would trust for a registry host. */
export type AuthoritiesFor = (host: string) => Promise<readonly string[]>;

/**
 * Node's list, the machine's and those of the engine's folder for this registry (`/etc/docker/certs.d/HOST:PORT/*.crt`):
 * a registry that the engine pushes to must not be refused here. Read only when Node's own list was not enough, since
 * reading the machine's takes time.
 */
export function createAuthorities(certificatesDir: string): AuthoritiesFor {
  return async (host) => {
    const folder = join(certificatesDir, host);
    const names = await readdir(folder).catch(() => []);
    const own = await Promise.all(
      names.filter((name) => name.endsWith('.crt')).map((name) => readFile(join(folder, name), 'utf8')),
    );
    return [...getCACertificates('default'), ...getCACertificates('system'), ...own];
  };
}
