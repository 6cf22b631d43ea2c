import { mkdir, mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { rm } from 'node:fs/promises';
import type { ConfigFile } from '../../src/config/not-built-yet.ts';
import type { Configuration } from '../../src/config/configuration.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { XgenError } from '../../src/errors/xgen-error.ts';

export const PROJECT_ROOT = join(import.meta.dirname, '../..');

/** Content by file; null: the file is not there. Files that are not named are small and right. */
export type ConfigTexts = Partial<Record<ConfigFile, string | Uint8Array | null>>;

export const GOOD: Readonly<Record<ConfigFile, string>> = {
  project: `
project: {name: xgen, group: xgen2.0}
gitlab: {url: https://gitlab.x2bee.com, credentialId: gitlab-credentials}
registry:
  nexus: {host: docker.x2bee.com, credentialId: nexus-credentials}
  local: {host: "localhost:30500"}
sites: [main, lotteimall, aww]
siteRegistries:
  aww: {host: "43.202.115.195:5000", credentialId: aww-nexus-credentials}
`,
  services: `
services:
  xgen-core: {repo: xgen-core, dockerfile: dockerfiles/xgen-core/Dockerfile, port: 8000, healthCheck: /health}
  xgen-frontend: {repo: xgen-frontend, dockerfile: dockerfiles/xgen-frontend/Dockerfile, port: 3000, healthCheck: /}
`,
  environments: `
environments:
  dev: {target: docker}
  prd: {target: docker}
`,
};

/** A folder of its own with `config`, gone after the test. */
export async function makeInfraRoot(texts: ConfigTexts = {}): Promise<{ root: string; configDir: string }> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'xgen-config-')));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const configDir = join(root, 'config');
  await mkdir(configDir);
  for (const [file, text] of Object.entries({ ...GOOD, ...texts })) {
    if (text !== null) await writeFile(join(configDir, `${file}.yaml`), text);
  }
  return { root, configDir };
}

export async function writeInto(root: string, path: string, text = ''): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

export async function load(texts: ConfigTexts = {}): Promise<Configuration> {
  const { configDir } = await makeInfraRoot(texts);
  return loadConfiguration(configDir);
}

/** The lines that loading ends with; fails where it succeeds. */
export async function faultsOf(texts: ConfigTexts): Promise<readonly string[]> {
  const error = await errorOf(load(texts));
  return error.evidence;
}

export async function errorOf(work: Promise<unknown>): Promise<XgenError> {
  const thrown: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof XgenError) return thrown;
  throw new Error('expected an XgenError', { cause: thrown });
}

/** The example configuration of this project. */
export async function exampleText(file: ConfigFile): Promise<string> {
  return readFile(join(PROJECT_ROOT, 'config', `${file}.yaml`), 'utf8');
}
