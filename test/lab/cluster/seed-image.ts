import { LAB_ARCH, rootFileSystem } from '../base-image.ts';
import { pushImage } from '../push-image.ts';
import { makeTar } from '../tar.ts';

/** What the seed runs; services of the lab have their sources in the same folder. */
export const SEED_PROGRAM = '/srv/app/program';

/** What runs before xgen-build's first rollout: somebody else's image under the moving tag, which answers `seed`. */
export function pushSeedImage(to: {
  host: string;
  username: string;
  password: string;
  repository: string;
  tag?: string;
  /** Two seeds of one repository differ where this does. */
  label?: string;
}): Promise<string> {
  const { host, repository, tag = `latest-${LAB_ARCH}`, username, password, label = 'seed' } = to;
  return pushImage({
    host,
    repository,
    tag,
    login: { username, password },
    architecture: LAB_ARCH,
    layers: [rootFileSystem(), programLayer()],
    // Images of one configuration are one image to containerd, whatever they are called.
    config: { Cmd: [SEED_PROGRAM], StopSignal: 'SIGKILL', Labels: { seed: `${repository} ${label}` } },
  });
}

function programLayer(): Buffer {
  const script = '#!/bin/sh\nmkdir -p /www && echo seed > /www/health && exec httpd -f -p 8000 -h /www\n';
  return makeTar([
    { kind: 'directory', path: 'srv/app', mode: 0o755 },
    { kind: 'file', path: SEED_PROGRAM.slice(1), mode: 0o755, content: Buffer.from(script) },
  ]);
}
