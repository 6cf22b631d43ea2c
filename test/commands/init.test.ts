import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configCheck } from '../../src/commands/config-check.ts';
import { init } from '../../src/commands/init.ts';
import { dnsName } from '../../src/commands/init-files.ts';
import { XgenError } from '../../src/errors/xgen-error.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xgen-init-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

function run(repository: string) {
  return init({
    repository,
    configDir: join(folder, 'infra/config'),
    templates: join(ROOT, 'dockerfiles'),
    cwd: join(folder, 'infra'),
  });
}

describe('init', () => {
  it.each([
    ['xgen-core', 'xgen-python/Dockerfile.local', 8000, '/health'],
    ['xgen-backend-gateway', 'xgen-backend-gateway/Dockerfile', 8080, '/health'],
    ['xgen-frontend', 'xgen-frontend/Dockerfile.local', 3000, '/health'],
    ['xgen-mcp-station', 'xgen-mcp-station/Dockerfile.local', 8000, '/health'],
  ])('writes what %s needs, and config check has nothing against it', async (...[name, dockerfile, port, path]) => {
    const outcome = await run(join(ROOT, 'examples', name));
    expect(outcome.exitCode).toBe(0);
    const services = await readFile(join(folder, 'infra/config/services.yaml'), 'utf8');
    expect(services).toContain(`  ${name}:\n    repo: ${name}\n    dockerfile: dockerfiles/${dockerfile}\n`);
    expect(services).toContain(`    port: ${port}\n    healthCheck: ${path}\n`);
    const central = await readFile(join(ROOT, 'dockerfiles', dockerfile), 'utf8');
    expect(await readFile(join(folder, 'infra/dockerfiles', dockerfile), 'utf8')).toBe(central);
    const check = await configCheck({ configDir: join(folder, 'infra/config') });
    expect(check.exitCode, check.text).toBe(0);
  });

  it('takes source and site from the repository', async () => {
    await write('repo/pyproject.toml', '');
    await write('repo/.git/HEAD', 'ref: refs/heads/lotteimall\n');
    await write('repo/.git/config', '[remote "origin"]\n\turl = git@gitlab.example.com:xgen2.0/xgen-core.git\n');
    const { text } = await run(join(folder, 'repo'));
    const project = await readFile(join(folder, 'infra/config/project.yaml'), 'utf8');
    expect(project).toContain('url: ssh://git@gitlab.example.com');
    expect(project).toContain('group: xgen2.0');
    expect(project).toContain('- lotteimall');
    expect(text).toContain('xgen-build xgen-core --site lotteimall');
    expect((await stat(join(folder, 'infra/dockerfiles/xgen-python/entrypoint.sh'))).mode & 0o111).not.toBe(0);
  });

  it('never overwrites, and says what to add by hand', async () => {
    await write('infra/config/services.yaml', 'mine\n');
    await write('infra/dockerfiles/xgen-python/Dockerfile.local', 'mine too\n');
    const { text } = await run(join(ROOT, 'examples/xgen-core'));
    expect(await readFile(join(folder, 'infra/config/services.yaml'), 'utf8')).toBe('mine\n');
    expect(await readFile(join(folder, 'infra/dockerfiles/xgen-python/Dockerfile.local'), 'utf8')).toBe('mine too\n');
    expect(text).toContain('kept   config/services.yaml, which was there already');
    expect(text).toContain('add to config/services.yaml:\n  xgen-core:\n    repo: xgen-core');
    expect(text).toContain('wrote  config/project.yaml');
  });

  it.each([
    ['a folder that is no service', 'empty', /has no pyproject\.toml/],
    ['a folder that is not there', 'missing', /cannot be looked at: ENOENT/],
  ])('writes nothing for %s', async (_, name, message) => {
    await mkdir(join(folder, 'empty'));
    const error: unknown = await run(join(folder, name)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(XgenError);
    expect(error).toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) });
    expect(await readdir(folder)).toEqual(['empty']);
  });
});

it.each([
  ['XGEN_Core', 'xgen-core'],
  ['2.0 gateway!', 'gateway'],
  ['한글', ''],
  [`${'a'.repeat(49)}--b`, 'a'.repeat(49)],
])('%s as a name is %s', (text, expected) => {
  expect(dnsName(text)).toBe(expected);
});
