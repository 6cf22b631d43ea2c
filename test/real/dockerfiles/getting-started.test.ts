import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { exampleContent, exampleInfra } from '../../lab/examples.ts';
import type { Infra } from '../../lab/lab.ts';
import { useStandIns } from './kind.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SERVICE = 'my-service';
const { lab, bases } = useStandIns();
const changes = exampleInfra(bases);
const run = promisify(execFile);

/** The blocks of the page that are run, in order, each with the text before it. */
function blocksOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/(?<before>[^\n]*)\n```sh\n(?<body>[^]*?)^```/gm)]
    .filter(({ groups }) => groups?.['before']?.startsWith('<!-- not run in tests:') !== true)
    .map(({ groups }) => groups?.['body'] ?? '');
}

/** The reader: a home with a checkout of the service, a shell that stays where it went, and the program on its PATH. */
const reader: { infra?: Infra; home: string; cwd: string } = { home: '', cwd: '' };

beforeAll(async () => {
  const core = exampleContent();
  const facts = core.services['xgen-core'];
  if (facts === undefined) throw new Error('there is no xgen-core');
  const content = {
    ...core,
    services: { [SERVICE]: facts },
    sourceOf: (_: string, site: string) => core.sourceOf('xgen-core', site),
  };
  const infra = await lab.freshInfra({ ...changes, content });
  reader.infra = infra;
  reader.home = join(lab.directory, `reader-${process.pid}`);
  mkdirSync(reader.home);
  const { url, username, password } = lab.git;
  const address = `${url}/${infra.group}/${SERVICE}.git`;
  const withLogin = address.replace('://', `://${encodeURIComponent(username)}:${encodeURIComponent(password)}@`);
  await run('git', ['clone', '--quiet', '--branch', 'main', withLogin, join(reader.home, SERVICE)]);
  await run('git', ['-C', join(reader.home, SERVICE), 'remote', 'set-url', 'origin', address]);
  reader.cwd = reader.home;
});

afterAll(async () => {
  const all = (await lab.engine.api('GET', '/containers/json?all=1')) as { Id: string; Names: string[] }[];
  for (const { Id } of all.filter(({ Names }) => Names.some((name) => name.endsWith(`-${SERVICE}`))))
    await lab.engine.api('DELETE', `/containers/${Id}?force=1`);
});

async function type(block: string): Promise<string> {
  const { infra, home, cwd } = reader;
  if (infra === undefined) throw new Error('there is no infra');
  const { XGEN_CONFIG_DIR: _, ...environment } = infra.environment;
  const env = { ...environment, PATH: `${join(ROOT, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: home };
  const where = join(home, '.where');
  const { stdout, stderr } = await run('sh', ['-e', '-c', `${block}\npwd > '${where}'`], {
    cwd,
    env,
    timeout: 380_000,
  });
  reader.cwd = readFileSync(where, 'utf8').trim();
  return stdout + stderr;
}

/** What the page tells the reader to correct, and what is special about this lab: its logins, ports and base images. */
function correct(infra: Infra): void {
  const project = edit('project.yaml');
  project.data.gitlab['credentialId'] = 'gitlab-credentials';
  project.data.registry['nexus'] = { host: lab.registries.local.host };
  project.data['build'] = JSON.parse(JSON.stringify((changes.project as { build: object }).build));
  project.save();
  const environments = edit('environments.yaml');
  environments.data.environments.dev.docker.publish[SERVICE] = infra.published('dev', SERVICE);
  environments.save();
}

/** A file of the reader's, as data of any shape. */
function edit(name: string) {
  const file = join(reader.cwd, 'config', name);
  const data = parse(readFileSync(file, 'utf8')) as Record<string, Record<string, unknown>> & {
    gitlab: Record<string, unknown>;
    registry: Record<string, unknown>;
    environments: { dev: { docker: { publish: Record<string, string> } } };
  };
  return { data, save: () => writeFileSync(file, stringify(data)) };
}

it('leads from nothing to a rollout and back, command by command', async () => {
  const { infra } = reader;
  if (infra === undefined) throw new Error('there is no infra');
  const [init = '', check = '', first = '', ask = '', next = '', ...more] = blocksOf('docs/getting-started.md');
  expect(more).toEqual([]);

  expect(await type(init)).toContain('wrote  config/services.yaml');
  correct(infra);
  expect(await type(check)).toContain('ok       config/project.yaml');
  expect(await type(first)).toMatch(/succeeded: my-service of main, b1 runs in dev/);
  const answer = await type(ask.replace('127.0.0.1:18000', infra.published('dev', SERVICE)));
  expect(answer).toContain('"status":"ok"');

  const source = exampleContent().sourceOf('xgen-core', 'main')['main.py'];
  if (typeof source !== 'string') throw new TypeError('main.py of the example is text');
  await infra.commit({
    service: SERVICE,
    branch: 'main',
    files: { 'main.py': `${source}# Changed.\n` },
    message: 'Change it',
  });
  const last = await type(next);
  expect(last).toMatch(/succeeded: my-service of main, b2 runs in dev/);
  expect(last).toMatch(/b1 runs in dev/);
});
