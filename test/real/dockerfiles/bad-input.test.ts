import { beforeAll, expect, it } from 'vitest';
import type { ErrorReport } from '../../../src/ports/result.ts';
import { exampleContent, exampleInfra, type ExampleName } from '../../lab/examples.ts';
import type { FileContent, Infra, InfraChanges } from '../../lab/lab.ts';
import { build, resultOf } from '../main-job/scene.ts';
import { useStandIns } from './kind.ts';

const { lab, bases } = useStandIns();
const shared: { infra?: Infra } = {};

beforeAll(async () => {
  shared.infra = await lab.freshInfra(exampleInfra(bases));
});

/** A branch of its own for each test would need a site: the tests change the main branch one after another. */
async function failureOf(
  service: ExampleName,
  files: Readonly<Record<string, FileContent>>,
  infra: Infra | undefined = shared.infra,
): Promise<{ error: ErrorReport; text: string }> {
  if (infra === undefined) throw new Error('there is no infra');
  await infra.commit({ service, branch: 'main', files, message: 'Break it' });
  const json = await infra.run([service, '--no-deploy', '--output', 'json'], { limitMs: 380_000 });
  expect(json.exitCode, json.stderr.slice(-3_000)).toBe(1);
  const { error } = resultOf(json);
  if (error === null) throw new Error('the build failed without an error');
  return { error, text: json.stderr };
}

it('a Python service without pyproject.toml', async () => {
  const { error, text } = await failureOf('xgen-core', { 'pyproject.toml': null });
  expect(error.code).toBe('BUILD_FAILED');
  expect(error.message).toMatch(/^the service has no pyproject\.toml \(Dockerfile line \d+\)$/);
  expect(error.hint).toMatch(/^add pyproject\.toml .* in the repository of the service$/);
  expect(error.evidence.join('\n')).not.toContain('xgen-build:');
  // The first thing that is read about it.
  expect(text).toMatch(/error BUILD_FAILED in build: the service has no pyproject\.toml/);
});

it('a station without pyproject.toml', async () => {
  const { error } = await failureOf('xgen-mcp-station', { 'pyproject.toml': null });
  expect(error.code).toBe('DOCKERFILE_INVALID');
  expect(error.message).toMatch(/pyproject\.toml, which is not in the build context/);
  expect(error.hint).toMatch(/^add pyproject\.toml to the repository of the service/);
});

it('a gateway without Cargo.lock', async () => {
  const { error } = await failureOf('xgen-backend-gateway', { 'Cargo.lock': null });
  expect(error.message).toMatch(/^the service has no Cargo\.toml or no Cargo\.lock/);
  expect(error.hint).toMatch(/commit Cargo\.lock .* in the repository of the service$/);
});

it('a frontend without a lock file', async () => {
  const { error } = await failureOf('xgen-frontend', { 'package-lock.json': null });
  expect(error.message).toMatch(/^the service has no package-lock\.json, pnpm-lock\.yaml or yarn\.lock/);
  expect(error.hint).toMatch(/commit package-lock\.json .* in the repository of the service$/);
});

it('a package that nobody has', async () => {
  const { error } = await failureOf('xgen-core', {
    'pyproject.toml': '[project]\nname = "xgen-core"\nversion = "1.0.0"\ndependencies = ["fastapi==0.0.999"]\n',
  });
  expect(error.message).toMatch(/^the dependencies could not be installed from /);
  expect(error.hint).toContain('pyproject.toml (or its lock file) in the repository of the service');
  expect(error.evidence.join('\n')).toContain('fastapi==0.0.999');
});

/** An infra with other build arguments. */
async function infraWith(args: Readonly<Record<string, string>>): Promise<Infra> {
  const changes: InfraChanges = exampleInfra(bases);
  const { build } = changes.project as { build: { args: object } };
  return lab.freshInfra({ ...changes, project: { build: { ...build, args: { ...build.args, ...args } } } });
}

// Nothing listens on the container's own port 9.
const NOBODY = 'http://127.0.0.1:9';

it.each([
  ['pip', 'xgen-core', { PIP_INDEX_URL: `${NOBODY}/simple` }],
  ['npm', 'xgen-frontend', { NPM_CONFIG_REGISTRY: NOBODY }],
  ['cargo', 'xgen-backend-gateway', { CARGO_MIRROR: `sparse+${NOBODY}/` }],
] as const)('a mirror for %s that refuses', async (_, service, args) => {
  // npm would wait a minute before it tries a second time.
  const { error } = await failureOf(service, { '.npmrc': 'fetch-retries=0\n' }, await infraWith(args));
  expect(error.code).toBe('BUILD_FAILED');
  expect(error.message).toContain(NOBODY);
  expect(error.hint).toContain(
    `${Object.keys(args)[0]} under build.args in config/project.yaml of the infra repository`,
  );
});

it('a base image that is not there', async () => {
  const image = `${lab.registries.local.host}/python:3.99-slim`;
  const { error } = await failureOf('xgen-core', { 'README.md': 'x\n' }, await infraWith({ PYTHON_IMAGE: image }));
  expect(error.code).toBe('BASE_IMAGE_MISSING');
  expect(error.message).toContain(`the base image ${image}`);
  expect(error.hint).toContain('the build argument PYTHON_IMAGE (build.args in project.yaml, args in services.yaml)');
});

it('an application that ignores SIGTERM', async () => {
  const infra = await lab.freshInfra(exampleInfra(bases));
  const main = exampleContent().sourceOf('xgen-core', 'main')['main.py'];
  if (typeof main !== 'string') throw new TypeError('main.py of the example is text');
  // Once it answers, since uvicorn has its own handler at the start.
  const deaf = `${main}
@app.middleware("http")
async def ignore_sigterm(request, call_next):
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return await call_next(request)
`;
  const change = { service: 'xgen-core', branch: 'main', message: 'Change it' };
  await infra.commit({ ...change, files: { 'main.py': deaf } });
  const first = await build(infra, ['xgen-core'], { limitMs: 190_000 });
  expect(first.warnings.join('\n')).not.toContain('SIGTERM');
  await infra.commit({ ...change, files: { 'main.py': main } });
  const second = await build(infra, ['xgen-core'], { limitMs: 190_000 });
  const [warning] = second.warnings.filter((text) => text.includes('SIGTERM'));
  expect(warning).toContain(`${infra.containerName('dev', 'xgen-core')} did not end on SIGTERM and was killed`);
  expect(warning).toContain('Let xgen-core handle SIGTERM in its own repository');
  // And nothing of the kind of one that listens.
  await infra.commit({ ...change, files: { 'main.py': `${main}\n` } });
  const third = await build(infra, ['xgen-core'], { limitMs: 190_000 });
  expect(third.warnings.join('\n')).not.toContain('SIGTERM');
});
