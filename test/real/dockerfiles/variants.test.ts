import { readFileSync } from 'node:fs';
import { readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { BuildInput, BuiltImage } from '../../../src/ports/builder.ts';
import { exampleContent, filesBelow } from '../../lab/examples.ts';
import { caBundle, mirrorArguments } from '../../lab/package-mirrors.ts';
import { openBuildLab, outputOf, type BuildRun, type ContextFile } from '../build/build-lab.ts';
import { useStandIns } from './kind.ts';
import { PNPM_PROJECT, UV_PROJECT, YARN_BERRY_PROJECT, YARN_PROJECT } from './lock-files.ts';

const { lab, bases } = useStandIns();
const builds = await openBuildLab(lab.engine.host);
afterAll(() => builds.close());

const ARGS = {
  PYTHON_IMAGE: bases.python,
  NODE_IMAGE: bases.node,
  RUST_IMAGE: bases.rust,
  RUNTIME_IMAGE: bases.debian,
  BUILD_PACKAGES: '',
  ...mirrorArguments(),
};

/** Builds files of a repository with a central Dockerfile, as the overlay would lay it. */
async function buildWith(
  dockerfile: string,
  repository: Readonly<Record<string, ContextFile>>,
  changes: Partial<BuildInput> = {},
): Promise<BuildRun & { readonly directory: string }> {
  const central = exampleContent().files;
  const folder = dockerfile.replace(/[^/]*$/, '');
  const besides = Object.fromEntries(
    ['.dockerignore', 'entrypoint.sh'].flatMap((name): [string, ContextFile][] => {
      const content = central[`dockerfiles/${folder}${name}`] as ContextFile | undefined;
      return content === undefined ? [] : [[name, content]];
    }),
  );
  const text = central[`dockerfiles/${dockerfile}`];
  if (typeof text !== 'string') throw new Error(`there is no dockerfiles/${dockerfile}`);
  const directory = await builds.context({ ...repository, ...besides, Dockerfile: text });
  return { directory, ...(await buildIn(directory, changes)) };
}

async function buildIn(directory: string, changes: Partial<BuildInput> = {}): Promise<BuildRun> {
  const ca = caBundle();
  const secrets = ca === null ? [] : [{ id: 'ca', read: () => readFile(ca) }];
  const { args = {}, ...others } = changes;
  const platform = others.platform ?? (process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64');
  const input = { secrets, ...others, args: { TARGETARCH: platform.split('/')[1] ?? '', ...ARGS, ...args } };
  return builds.build(directory, input, AbortSignal.timeout(380_000));
}

async function example(name: string): Promise<Record<string, ContextFile>> {
  return filesBelow(join(import.meta.dirname, '../../../examples', name)) as Record<string, ContextFile>;
}

/** What a program of the virtual environment says, without the image's own way to start. */
async function python(image: BuiltImage, code: string): Promise<string> {
  return (await builds.run(image, ['python3', '-c', code])).trim();
}

describe('a Python service', () => {
  it('gets exactly what uv.lock names', async () => {
    const { image } = await buildWith('xgen-python/Dockerfile.local', { ...UV_PROJECT, 'main.py': '' });
    expect(await python(image, 'import idna; print("v" + idna.__version__)')).toBe('v3.10');
  });

  it('may have a requirements.txt alone, and packages of Debian to compile with and to run with', async () => {
    const repository = { 'requirements.txt': '-r requirements-base.txt\n', 'requirements-base.txt': 'idna==3.11\n' };
    const args = { BUILD_PACKAGES: 'libpq-dev', RUNTIME_PACKAGES: 'libpq5' };
    const { image } = await buildWith('xgen-python/Dockerfile.local', repository, { args });
    expect(await python(image, 'import idna; print(idna.__version__)')).toBe('3.11');
    const libraries = await builds.run(image, ['sh', '-c', 'ls /usr/lib/*/ | grep libpq']);
    expect(libraries).toContain('libpq.so.5');
    expect(libraries.split('\n')).not.toContain('libpq.so');
  });

  it('is installed whole by the plain Dockerfile, and says what is to be named where nothing can be started', async () => {
    const { image } = await buildWith('xgen-python/Dockerfile', {
      'pyproject.toml': '[project]\nname = "small"\nversion = "1.0.0"\ndependencies = ["idna==3.11"]\n',
      'small/__init__.py': 'NAME = "small"\n',
    });
    expect(await python(image, 'import idna, small; print(idna.__version__, small.NAME)')).toBe('3.11 small');
    expect(await builds.run(image, ['start'])).toContain('APP_MODULE');
  });
});

describe('a station', () => {
  it('is installed whole by the plain Dockerfile', async () => {
    const { image } = await buildWith('xgen-mcp-station/Dockerfile', await example('xgen-mcp-station'));
    const names = 'import anyio; from xgen_mcp_station.node_tool import tool_names; print(anyio.run(tool_names))';
    expect(await python(image, names)).toContain("'echo'");
  });
});

describe('a frontend', () => {
  it.each([
    ['pnpm', PNPM_PROJECT],
    ['yarn 1', YARN_PROJECT],
    ['yarn 4', YARN_BERRY_PROJECT],
  ])('installs its packages with %s where that wrote the lock file', async (_, project) => {
    const { image } = await buildWith('xgen-frontend/Dockerfile.local', project, { target: 'deps' });
    const version = await builds.run(image, ['node', '-p', 'require("picocolors/package.json").version']);
    expect(version.trim()).toBe('1.1.1');
  });

  it('runs with its production packages where next.config asks for no standalone server', async () => {
    const repository = { ...(await example('xgen-frontend')), 'next.config.js': 'export default {};\n' };
    const { image } = await buildWith('xgen-frontend/Dockerfile', repository);
    const ask = `const server = require('node:child_process').spawn('node', ['server.js'], { stdio: ['ignore', 'pipe', 'inherit'] });
server.stdout.on('data', async (text) => {
  if (!String(text).includes('Ready')) return;
  console.log('answer:', await (await fetch('http://127.0.0.1:3000/health')).text());
  server.kill();
});`;
    expect(await builds.run(image, ['node', '-e', ask])).toContain('answer: {"service":"xgen-frontend"');
  });
});

describe('a gateway', () => {
  const LOCK =
    'version = 4\n\n[[package]]\nname = "answers"\nversion = "1.0.0"\n\n[[package]]\nname = "small"\nversion = "1.0.0"\ndependencies = [\n "answers",\n]\n';
  const crate = (answer: number): Record<string, ContextFile> => ({
    'Cargo.toml': '[workspace]\nmembers = ["answers", "small"]\nresolver = "2"\n',
    'Cargo.lock': LOCK,
    'answers/Cargo.toml': '[package]\nname = "answers"\nversion = "1.0.0"\nedition = "2021"\n',
    'answers/src/lib.rs': `pub fn answer() -> u32 { ${answer} }\n`,
    'small/Cargo.toml':
      '[package]\nname = "small"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\nanswers = { path = "../answers" }\n',
    'small/src/main.rs': 'fn main() { println!("the answer is {}", answers::answer()); }\n',
  });

  it("never runs another site's program, although its source is older", async () => {
    const newer = await buildWith('xgen-backend-gateway/Dockerfile', crate(1));
    expect(await builds.run(newer.image, ['service'])).toBe('the answer is 1\n');
    const { directory } = newer;
    const text = readFileSync(join(directory, 'answers/src/lib.rs'), 'utf8').replace('1', '2');
    const older = await builds.context({
      ...crate(2),
      'answers/src/lib.rs': text,
      Dockerfile: readFileSync(join(directory, 'Dockerfile')),
    });
    await utimes(join(older, 'answers/src/lib.rs'), new Date('2020-01-01'), new Date('2020-01-01'));
    const { image } = await buildIn(older);
    expect(await builds.run(image, ['service'])).toBe('the answer is 2\n');
  });

  it('is compiled for another architecture apart from this one', async () => {
    const own = await buildWith('xgen-backend-gateway/Dockerfile', crate(3));
    const other = process.arch === 'arm64' ? 'amd64' : 'arm64';
    // The stand-ins are for this machine only: what their programs make is too, but everything else is as it would be.
    const { image, progress } = await buildIn(own.directory, { platform: `linux/${other}` });
    expect(image.platform).toBe(`linux/${other}`);
    expect(outputOf(progress)).toContain('Compiling answers v1.0.0');
  });

  it('has the binary that is asked for where there are several', async () => {
    const two = { ...crate(4), 'small/src/bin/other.rs': 'fn main() { println!("the other"); }\n' };
    const { image } = await buildWith('xgen-backend-gateway/Dockerfile', two, { args: { BINARY: 'other' } });
    expect(await builds.run(image, ['service'])).toBe('the other\n');
    await expect(buildWith('xgen-backend-gateway/Dockerfile', two)).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: expect.stringMatching(/^Cargo.toml makes 2 binaries, and one is to run: other small /),
      hint: expect.stringContaining('BINARY'),
    });
  });
});
