import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { BuildResult } from '../../../src/ports/result.ts';
import type { Infra, InfraChanges, Lab, RunningXgen } from '../../lab/lab.ts';
import type { XgenOptions } from '../../lab/run-xgen.ts';
import { resultOf } from '../main-job/scene.ts';
import { readPushedImage, type PushedImage } from './pushed-image.ts';

// A scene is several builds, and some wait for what passes: on a busy machine that takes a while.
vi.setConfig({ testTimeout: 300_000 });

export const SERVICE = 'xgen-core';

/** An infra whose service is at its second commit, and what its first build left. */
export interface Scene {
  readonly lab: Lab;
  readonly infra: Infra;
  readonly site: string;
  readonly first: BuildResult;
}

/**
 * A step whose result stays in the cache, a cache of its own for a step, and the source on top. The mark is in every
 * step, so that scenes on one engine share no layer but the base's.
 */
export function dockerfile(mark: string): string {
  return `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
WORKDIR /srv/${mark}
RUN echo ${mark} > /dependencies && head -c 200000 /dev/urandom > /random
RUN --mount=type=cache,id=${mark},target=/cache echo warm > /cache/warmth-${mark}
COPY . .
RUN --mount=type=cache,id=${mark},target=/cache test -d /cache && echo built > built.txt
STOPSIGNAL SIGKILL
CMD ["sh", "start.sh"]
`;
}

export async function freshInfra(lab: Lab, changes: InfraChanges = {}): Promise<Infra> {
  const infra = await lab.freshInfra(changes);
  await writeDockerfile(infra, dockerfile(infra.project));
  return infra;
}

export async function writeDockerfile(infra: Infra, text: string): Promise<void> {
  await writeFile(join(infra.root, 'dockerfiles/xgen-python/Dockerfile.local'), text);
}

/** What `/health` of the service answers from the next build on. */
export async function changeSource(infra: Infra, text: string, site = 'main'): Promise<void> {
  const files = { 'www/health': `${textOf(infra, text)}\n` };
  await infra.commit({ service: SERVICE, branch: site, files, message: `Answer ${text}` });
}

/** No two infras have the same source: what one builds is in no cache of the other. */
export function textOf(infra: Infra, text: string): string {
  return `${text} of ${infra.project}`;
}

export interface BuildOptions extends XgenOptions {
  readonly service?: string;
  readonly site?: string;
  /** Rules with commas, taken out for this run. */
  readonly without?: string;
  readonly progress?: 'plain' | 'json';
  readonly args?: readonly string[];
}

export interface BuildRun {
  readonly exitCode: number;
  readonly result: BuildResult;
  readonly words: string;
}

/** The main job without a rollout. */
export async function runBuild(infra: Infra, options: BuildOptions = {}): Promise<BuildRun> {
  const {
    service = SERVICE,
    site = 'main',
    without = '',
    progress = 'plain',
    args = [],
    environment,
    ...rest
  } = options;
  const run = await infra.run(
    [service, '--site', site, '--no-deploy', ...args, '--output', 'json', '--progress', progress],
    { ...rest, environment: { XGEN_WITHOUT_RULES: without, ...environment } },
  );
  return { exitCode: run.exitCode, result: resultOf(run), words: run.stderr };
}

/** Starts a build and resolves, with the build under way, once it said the text. */
export async function startBuild(
  infra: Infra,
  says: string | RegExp,
  options: BuildOptions = {},
): Promise<{ readonly running: RunningXgen; readonly ended: Promise<BuildRun> }> {
  let ended: Promise<BuildRun> | null = null;
  const running = await new Promise<RunningXgen>((said, missed) => {
    const onStart = (started: RunningXgen): void => {
      started.waitFor(says).then(() => said(started), missed);
    };
    ended = runBuild(infra, { ...options, onStart });
    ended.catch(missed);
  });
  if (ended === null) throw new Error('the build was not started');
  return { running, ended };
}

/** A step that is under way once `halfway` is printed; the word is not in the step's own name. */
export function longStep(seconds: number): string {
  return `RUN echo "half""way" && sleep ${seconds}`;
}

/** The first build went well, and the source has changed since. */
export async function startScene(lab: Lab, changes: InfraChanges = {}): Promise<Scene> {
  const infra = await freshInfra(lab, changes);
  const { result } = await runBuild(infra);
  expect(result, JSON.stringify(result.error)).toMatchObject({ status: 'succeeded', attempts: [] });
  await changeSource(infra, 'second');
  return { lab, infra, site: 'main', first: result };
}

export function registryOf(site: string): 'nexus' | 'aww' {
  return site === 'aww' ? 'aww' : 'nexus';
}

/** The image of the first build, with the layers that are in the engine's cache. */
export async function firstImage({ lab, infra, first }: Scene): Promise<PushedImage> {
  return readPushedImage(lab.registries.nexus, infra.repository('main', SERVICE), first.digest ?? '');
}
