import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pushImage } from './push-image.ts';
import { makeTar, type TarEntry } from './tar.ts';

/** The machine's own architecture, in the registry's words. */
export const LAB_ARCH = process.arch === 'arm64' ? 'arm64' : 'amd64';

/**
 * Pushes `base/busybox:1`: Debian's static busybox as a whole root file system, for the machine's own architecture.
 * Nothing is pulled from anywhere. Resolves to the image's name.
 */
export async function pushBaseImage(host: string): Promise<string> {
  await pushImage({
    host,
    repository: 'base/busybox',
    tag: '1',
    architecture: LAB_ARCH,
    layers: [rootFileSystem()],
    config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['sh'] },
  });
  return `${host}/base/busybox:1`;
}

/** The layer of Debian's static busybox with its applets. */
export function rootFileSystem(): Buffer {
  const applets = execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' })
    .split('\n')
    // The program itself is among its applets: a link of that name would point to itself.
    .filter((applet) => applet !== '' && applet !== 'busybox');
  const entries: TarEntry[] = [
    ...['bin', 'etc', 'root', 'srv', 'usr', 'usr/bin', 'var'].map((path): TarEntry => ({
      kind: 'directory',
      path,
      mode: 0o755,
    })),
    { kind: 'directory', path: 'tmp', mode: 0o1777 },
    { kind: 'file', path: 'bin/busybox', mode: 0o755, content: readFileSync('/bin/busybox') },
    ...applets.map((applet): TarEntry => ({ kind: 'link', path: `bin/${applet}`, target: 'busybox' })),
    { kind: 'file', path: 'etc/passwd', mode: 0o644, content: Buffer.from('root:x:0:0:root:/root:/bin/sh\n') },
    { kind: 'file', path: 'etc/group', mode: 0o644, content: Buffer.from('root:x:0:\n') },
  ];
  return makeTar(entries);
}
