import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BuildEvent } from '../../../src/ports/events.ts';
import type { BuildResult } from '../../../src/ports/result.ts';
import { exampleInfra, type ExampleName } from '../../lab/examples.ts';
import type { Infra, Lab } from '../../lab/lab.ts';
import { caBundle } from '../../lab/package-mirrors.ts';
import type { StandIns } from '../../lab/stand-ins/stand-ins.ts';
import { useLab } from '../../lab/use-lab.ts';
import { build, resultOf } from '../main-job/scene.ts';

/** A kind of service: what is true of it besides what is true of all. */
export interface Kind {
  readonly service: ExampleName;
  readonly uid: number;
  /** A source file, and what is changed in it. */
  readonly edit: { readonly file: string; readonly from: string; readonly to: string };
  /** Steps that install or compile dependencies: parts of their names. */
  readonly dependencySteps: readonly string[];
  /** Programs that must not be in the image, besides those that must be in none. */
  readonly without: readonly string[];
}

const LIMIT_MS = 380_000;
const SITE = 'lotteimall';
const TOKEN = 'lab-secret-4c1f9e27';
const BUILD_TOOLS = ['gcc', 'cc', 'g++', 'make', 'cargo', 'rustc', 'uv', 'git', 'pnpm', 'yarn'];

/** The base images of this lab, in tests of the project `dockerfiles`. */
export function useStandIns(): { readonly lab: Lab; readonly bases: StandIns } {
  const lab = useLab();
  if (lab.standIns === null)
    throw new Error('this lab has no base images: the test belongs to the project `dockerfiles`');
  return { lab, bases: lab.standIns };
}

/** An infra of the example services whose build secrets all hold the token. */
async function infraWithSecrets(lab: Lab, bases: StandIns): Promise<Infra> {
  const bundle = caBundle();
  const ca = join(lab.directory, `ca-${process.pid}.crt`);
  // A comment between certificates, which are not secret themselves.
  writeFileSync(ca, `# ${TOKEN}\n${bundle === null ? '' : readFileSync(bundle, 'utf8')}`);
  const changes = exampleInfra(bases);
  const secrets = [
    ...(bundle === null ? [] : [{ id: 'ca', file: ca }]),
    ...['netrc', 'npmrc', 'cargo-credentials'].map((id) => ({
      id,
      env: `LAB_${id.toUpperCase().replaceAll('-', '_')}`,
    })),
  ];
  return lab.freshInfra({
    ...changes,
    project: { ...changes.project, build: { ...(changes.project as { build: object }).build, secrets } },
  });
}

const SECRETS = {
  LAB_NETRC: `machine packages.invalid login lab password ${TOKEN}\n`,
  LAB_NPMRC: `//packages.invalid/:_authToken=${TOKEN}\n`,
  LAB_CARGO_CREDENTIALS: `[registry]\ntoken = "${TOKEN}"\n`,
};

/** What is expected of every kind, built and run by the whole program; the tests go on from one to the next. */
export function expectKind(kind: Kind): void {
  const { lab, bases } = useStandIns();
  const { service } = kind;
  const expected: { infra?: Infra; commit?: string; first?: BuildResult } = {};
  const infra = (): Infra => expected.infra ?? fail('the first build failed');
  const deploy = async (...more: string[]): Promise<BuildResult> =>
    build(infra(), [service, '--site', SITE, '--env', 'dev', ...more], { limitMs: LIMIT_MS, environment: SECRETS });

  beforeAll(async () => {
    expected.infra = await infraWithSecrets(lab, bases);
  });

  // Not in beforeAll, which is not tried again.
  it('is built by its Dockerfile and rolled out', async () => {
    expected.commit = await infra().commit({
      service,
      branch: SITE,
      files: { '.env': `PASSWORD=${TOKEN}\n`, 'config/server.key': `${TOKEN}\n`, 'config/id_rsa': `${TOKEN}\n` },
      message: 'Leave secrets where they do not belong',
    });
    expected.first = await deploy();
    expect(expected.first).toMatchObject({ commit: expected.commit, rollouts: [{ env: 'dev', status: 'succeeded' }] });
  });

  afterAll(async () => {
    const name = expected.infra?.containerName('dev', service);
    if (name !== undefined) await lab.engine.api('DELETE', `/containers/${name}?force=1`).catch(() => null);
  });

  it('answers with the site and the commit that it was built from', async () => {
    const answer: unknown = JSON.parse((await infra().ask('dev', service, '/health')) ?? 'null');
    expect(answer).toEqual({ service, status: 'ok', site: SITE, commit: expected.commit });
  });

  it('runs as an unprivileged user', async () => {
    const top = (await lab.engine.api('GET', `/containers/${containerName()}/top?ps_args=-eo%20uid,pid`)) as {
      Processes: string[][];
    };
    expect(top.Processes.map(([uid]) => Number(uid))).toEqual(top.Processes.map(() => kind.uid));
    expect(top.Processes.length).toBeGreaterThan(0);
  });

  it('holds neither secrets nor build tools', async () => {
    const export_ = ['-H', lab.engine.host, 'export', containerName()].map((word) => `'${word}'`).join(' ');
    const { stdout } = await promisify(execFile)('sh', ['-c', `docker ${export_} | tar -t`], { maxBuffer: 1e8 });
    const files = stdout.split('\n');
    expect(files).toContain('etc/passwd');
    const programs = files.filter((file) => /(^|\/)s?bin\/[^/]+$/.test(file)).map((file) => file.replace(/.*\//, ''));
    expect([...BUILD_TOOLS, ...kind.without].filter((tool) => programs.includes(tool))).toEqual([]);
    const hidden = /(^|\/)(\.git\/|\.env$|id_rsa$|server\.key$|\.netrc$|\.npmrc$|credentials\.toml$)/;
    expect(files.filter((file) => hidden.test(file))).toEqual([]);
    const found = await promisify(execFile)('sh', ['-c', `docker ${export_} | grep -a -c '${TOKEN}' || true`]);
    expect(found.stdout.trim()).toBe('0');
    const container = (await lab.engine.api('GET', `/containers/${containerName()}/json`)) as { Image: string };
    const history = await lab.engine.api('GET', `/images/${container.Image}/history`);
    expect(JSON.stringify(history)).toContain('COPY');
    expect(JSON.stringify(history)).not.toContain(TOKEN);
  });

  it('gives the same digest to the same source', async () => {
    const again = await deploy('--rebuild', '--no-deploy');
    expect(again.digest).toBe(expected.first?.digest);
  });

  it('keeps its dependencies when only the source changes', async () => {
    const { file, from, to } = kind.edit;
    const text = readFileSync(join(import.meta.dirname, '../../../examples', service, file), 'utf8');
    expect(text).toContain(from);
    await infra().commit({
      service,
      branch: SITE,
      files: { [file]: text.replace(from, to) },
      message: 'Change the source',
    });
    const run = await infra().run([service, '--site', SITE, '--env', 'dev', '--output', 'json', '--progress', 'json'], {
      limitMs: LIMIT_MS,
      environment: SECRETS,
    });
    expect(run.exitCode, run.stderr.slice(-4_000)).toBe(0);
    expect(resultOf(run).digest).not.toBe(expected.first?.digest);
    const ended = stepsOf(run.stderr);
    for (const part of kind.dependencySteps) {
      const statuses = [...ended].filter(([name]) => name.includes(part)).map(([, status]) => status);
      expect(statuses, `${part} in ${[...ended.keys()].join('\n')}`).toEqual(['cached']);
    }
  });

  it('ends by itself within 10 s of SIGTERM', async () => {
    const startedAt = performance.now();
    await lab.engine.api('POST', `/containers/${containerName()}/stop?t=20`);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    const { State } = (await lab.engine.api('GET', `/containers/${containerName()}/json`)) as {
      State: { ExitCode: number };
    };
    expect([0, 143]).toContain(State.ExitCode);
  });

  function containerName(): string {
    return infra().containerName('dev', service);
  }
}

/** How each step ended, by its name, in a run with `--progress json`. */
export function stepsOf(output: string): Map<string, string> {
  const ended = new Map<string, string>();
  for (const line of output.split('\n')) {
    if (!line.startsWith('{')) continue;
    const event = JSON.parse(line) as BuildEvent;
    if (event.kind === 'step' && event.status !== 'started') ended.set(event.name, event.status);
  }
  return ended;
}

function fail(reason: string): never {
  throw new Error(reason);
}
