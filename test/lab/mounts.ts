import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Unmounts what is mounted at paths that begin so, and lets go of loop devices made of files there. Returns what was
 * there, for people to read.
 */
export function removeMountsBelow(prefix: string, isMeant: (path: string) => boolean = () => true): string[] {
  const mounts = mountPoints().filter((mount) => mount.startsWith(prefix) && isMeant(mount));
  // The inner ones first.
  for (const mount of mounts.sort((a, b) => b.length - a.length)) attempt('umount', '--lazy', mount);
  const devices = loopDevices().filter(({ file }) => file.startsWith(prefix) && isMeant(file));
  // The kernel lets go of a device as soon as nothing uses it any more.
  for (const { device } of devices) attempt('losetup', '--detach', device);
  return [...mounts, ...devices.map(({ device, file }) => `${device} (${file})`)];
}

function mountPoints(): string[] {
  return readText('/proc/self/mountinfo')
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replaceAll(/\\(\d{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
    );
}

/** Those in use, with the file that each is made of; the kernel adds ` (deleted)` to the name of one that is gone. */
function loopDevices(): { readonly device: string; readonly file: string }[] {
  return readdirSync('/sys/block')
    .filter((name) => name.startsWith('loop'))
    .map((name) => ({ device: `/dev/${name}`, file: readText(`/sys/block/${name}/loop/backing_file`).trimEnd() }));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // A device that is not in use has no such file.
    return '';
  }
}

function attempt(program: string, ...args: string[]): void {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
  } catch {
    // It is gone already, with the one above it.
  }
}
