import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { BuildResult } from '../../../src/ports/result.ts';
import type { Infra, Lab, XgenRun } from '../../lab/lab.ts';
import type { XgenOptions } from '../../lab/run-xgen.ts';

/** The result of a run with `--output json`; the run's own words are in the failure where there is none. */
export function resultOf(run: XgenRun): BuildResult {
  try {
    return run.json() as BuildResult;
  } catch {
    throw new Error(`no result: exit code ${run.exitCode}\n${run.stdout}\n${run.stderr}`);
  }
}

/** Runs the main job and gives its result; the exit code is expected as given, with the run's words where it is not. */
export async function build(
  infra: Infra,
  args: readonly string[],
  expected: { exitCode?: number } & XgenOptions = {},
): Promise<BuildResult> {
  const { exitCode = 0, ...options } = expected;
  const run = await infra.run([...args, '--output', 'json', '--progress', 'plain'], options);
  expect(run.exitCode, run.stdout + run.stderr).toBe(exitCode);
  return resultOf(run);
}

export type RegistryName = 'nexus' | 'aww' | 'local';

/** What the registry says of a repository: its tags, and the digest of each. Empty where it is not there. */
export async function tagsOf(lab: Lab, registry: RegistryName, repository: string): Promise<Record<string, string>> {
  const { host } = lab.registries[registry];
  const headers = loginOf(lab, registry);
  const list = await fetch(`http://${host}/v2/${repository}/tags/list`, { headers });
  if (list.status === 404) return {};
  const { tags } = (await list.json()) as { tags: string[] | null };
  const digests = await Promise.all(
    (tags ?? []).map(async (tag): Promise<[string, string]> => {
      const accept = 'application/vnd.docker.distribution.manifest.v2+json';
      const answer = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
        method: 'HEAD',
        headers: { ...headers, accept },
      });
      return [tag, answer.headers.get('docker-content-digest') ?? ''];
    }),
  );
  return Object.fromEntries(digests.sort(([a], [b]) => a.localeCompare(b)));
}

function loginOf(lab: Lab, registry: RegistryName): Record<string, string> {
  if (registry === 'local') return {};
  const { username, password } = lab.registries[registry];
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

export interface SeenContainer {
  readonly name: string;
  readonly state: string;
  /** The digest in the reference by which it runs. */
  readonly digest: string | null;
}

/** Every container of the infra, also stopped ones, by name. */
export async function containersOf(lab: Lab, infra: Infra): Promise<SeenContainer[]> {
  const all = (await lab.engine.api('GET', '/containers/json?all=1')) as {
    Names: string[];
    State: string;
    Image: string;
  }[];
  return all
    .map(({ Names, State, Image }) => ({
      name: (Names[0] ?? '').slice(1),
      state: State,
      digest: /@(sha256:[0-9a-f]{64})$/.exec(Image)?.[1] ?? null,
    }))
    .filter(({ name }) => name.includes(infra.project))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Expects exactly one container of the service per environment, running what is named. */
export async function expectRuns(
  lab: Lab,
  infra: Infra,
  expected: { service?: string; digest: string | null; envs: readonly string[] },
): Promise<void> {
  const { service = 'xgen-core', digest, envs } = expected;
  expect(await containersOf(lab, infra)).toEqual(
    envs.map((env) => ({ name: infra.containerName(env, service), state: 'running', digest })),
  );
}

/** Tags in the engine that are of builds, not of bases. Only of use in a lab where nothing else builds. */
export async function localTags(lab: Lab): Promise<string[]> {
  const images = (await lab.engine.api('GET', '/images/json')) as { RepoTags: string[] | null }[];
  return images.flatMap((image) => image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>');
}

/** Every file below a folder, as text; for looking whether a secret is in one of them. */
export function textOfAll(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

export async function gitStatus(folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['-C', folder, 'status', '--porcelain', '--ignored']);
  return stdout;
}
