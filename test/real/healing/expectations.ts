import { expect } from 'vitest';
import type { AttemptResult, BuildResult } from '../../../src/ports/result.ts';
import type { Infra, Lab } from '../../lab/lab.ts';
import { tagsOf } from '../main-job/scene.ts';
import { readPushedImage } from './pushed-image.ts';
import { changeSource, registryOf, runBuild, SERVICE, textOf, type BuildRun, type Scene } from './scene.ts';

export type ExpectedAttempt = Partial<Omit<AttemptResult, 'evidence'>> & { readonly evidence?: unknown };

/** The image of a result is whole in the registry under both tags, and holds this text. */
export async function expectPushed(scene: Pick<Scene, 'lab' | 'infra'>, result: BuildResult, text: string) {
  const { lab, infra } = scene;
  const registry = registryOf(result.site);
  const repository = infra.repository(result.site, SERVICE);
  const tags = await tagsOf(lab, registry, repository);
  expect(tags).toMatchObject({ [`b${result.number}-amd64`]: result.digest, 'latest-amd64': result.digest });
  const image = await readPushedImage(lab.registries[registry], repository, result.digest ?? '');
  expect(image.digest).toBe(result.digest);
  expect(image.layers.some((layer) => layer.includes(`${textOf(infra, text)}\n`))).toBe(true);
  return image;
}

export function expectHealed(result: BuildResult, attempts: readonly ExpectedAttempt[]): void {
  expect(result, JSON.stringify({ error: result.error, attempts: result.attempts })).toMatchObject({
    status: 'succeeded',
    error: null,
  });
  expect(result.attempts).toMatchObject(attempts);
  expect(result.attempts).toHaveLength(attempts.length);
  for (const { evidence, durationMs, at } of result.attempts) {
    expect(evidence).not.toBe('');
    expect(at).not.toBe('');
    expect(durationMs).toBeGreaterThan(0);
  }
}

export function expectFailed({ exitCode, result }: BuildRun, stage: string): void {
  const { status, error } = result;
  expect({ exitCode, status, stage: error?.stage }, JSON.stringify(result)).toEqual({
    exitCode: 1,
    status: 'failed',
    stage,
  });
}

/** What a build that failed left undone is done by the next one, healed or not. */
export async function expectMadeUpFor(scene: Pick<Scene, 'lab' | 'infra'>, site = 'main'): Promise<void> {
  const { result } = await runBuild(scene.infra, { site });
  expect(result, JSON.stringify(result)).toMatchObject({ status: 'succeeded', error: null });
  await expectPushed(scene, result, 'second');
}

/** The next commit is built as if nothing had ever been: at the first try. */
export async function expectNextBuildWorks(scene: Pick<Scene, 'lab' | 'infra'>, site = 'main'): Promise<void> {
  await changeSource(scene.infra, 'next', site);
  const { result } = await runBuild(scene.infra, { site });
  expectHealed(result, []);
  await expectPushed(scene, result, 'next');
}

/** Nothing of these infras is in the engine any more: no name, no container, no volume (the turns are kept as those). */
export async function expectNothingLeft(lab: Lab, infras: readonly Infra[]): Promise<void> {
  const [images, containers, { Volumes }] = (await Promise.all([
    lab.engine.api('GET', '/images/json'),
    lab.engine.api('GET', '/containers/json?all=1'),
    lab.engine.api('GET', '/volumes'),
  ])) as [{ RepoTags: string[] | null }[], { Names: string[] }[], { Volumes: { Name: string }[] | null }];
  const names = images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => isOurs(name, infras));
  expect(names).toEqual([]);
  expect(containers.flatMap(({ Names }) => Names).filter((name) => isOurs(name, infras))).toEqual([]);
  expect((Volumes ?? []).map(({ Name }) => Name)).toEqual([]);
}

function isOurs(name: string, infras: readonly Infra[]): boolean {
  return name.includes('xgen-build') || infras.some(({ project }) => name.includes(project));
}
