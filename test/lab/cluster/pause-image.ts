import { readFileSync } from 'node:fs';
import { LAB_ARCH } from '../base-image.ts';
import { pushImage } from '../push-image.ts';
import { makeTar } from '../tar.ts';
import { pathOf } from './programs.ts';

/** Pushes the image of each pod's first process. Resolves to its name. */
export async function pushPauseImage(host: string): Promise<string> {
  const program = readFileSync(pathOf('pause'));
  await pushImage({
    host,
    repository: 'lab/pause',
    tag: '1',
    architecture: LAB_ARCH,
    layers: [makeTar([{ kind: 'file', path: 'pause', mode: 0o755, content: program }])],
    config: { Entrypoint: ['/pause'] },
  });
  return `${host}/lab/pause:1`;
}
