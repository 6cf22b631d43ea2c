import { randomFillSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Infra, Lab } from '../test/lab/lab.ts';
import { alternate, ratioFigure, type Figure } from './measure.ts';
import { build, stageMs } from './program.ts';
import { writeShellScript } from './shell-script.ts';

const FILES = 20_000;
const FILE_BYTES = 15_000;

/** 300 MB in 20,000 files as context, one of them changed, compared to the docker client. */
export async function measureLargeContext(lab: Lab, client: string): Promise<Figure[]> {
  const infra = await lab.freshInfra();
  const dockerfile = 'dockerfiles/xgen-python/Dockerfile.local';
  await writeFile(join(infra.root, dockerfile), LARGE_DOCKERFILE);
  for (const branch of ['main', 'aww'])
    await infra.commit({ service: 'xgen-core', branch, files: manyFiles(), message: 'Add 20,000 files' });
  const script = await writeShellScript({ lab, infra, client, service: 'xgen-core', site: 'aww', dockerfile });
  const change = changer(infra);
  const whole: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  const builds = await alternate(
    5,
    async () => {
      await change('main');
      const { ms, result } = await build(infra, { service: 'xgen-core', site: 'main' });
      whole.ours.push(ms);
      return stageMs(result, 'build');
    },
    async () => {
      await change('aww');
      const { ms, buildMs } = await script.run();
      whole.theirs.push(ms);
      return buildMs;
    },
  );
  // The first of each was the one that is not counted.
  const counted = { ours: whole.ours.slice(1), theirs: whole.theirs.slice(1) };
  return [
    ratioFigure({
      name: 'build of 300 MB in 20,000 files, one changed, to `docker build`',
      limit: 1.15,
      times: builds,
    }),
    ratioFigure({ name: 'the whole job of it, to the shell script', limit: null, times: counted }),
  ];
}

/** All files are the context and are copied; the image that is pushed holds only one of them. */
const LARGE_DOCKERFILE = `ARG BASE_IMAGE
FROM \${BASE_IMAGE} AS everything
COPY . /srv/app
FROM \${BASE_IMAGE}
COPY --from=everything /srv/app/many/000/00000 /srv/first
`;

function manyFiles(): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (let index = 0; index < FILES; index += 1) {
    const folder = String(Math.floor(index / 100)).padStart(3, '0');
    files[`many/${folder}/${String(index).padStart(5, '0')}`] = randomFillSync(Buffer.alloc(FILE_BYTES));
  }
  return files;
}

function changer(infra: Infra): (branch: string) => Promise<unknown> {
  return (branch) =>
    infra.commit({
      service: 'xgen-core',
      branch,
      files: { 'many/000/00000': randomFillSync(Buffer.alloc(FILE_BYTES)) },
      message: 'Change one file',
    });
}
