import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { overlay, type OverlayResult } from '../../src/pipeline/overlay.ts';
import type { BuildPlan } from '../../src/plan/build-plan.ts';
import type { SourceTree } from '../../src/ports/sources.ts';

let root: string;
let infra: string;
let tree: string;
let outside: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'xgen-overlay-')));
  infra = join(root, 'infra');
  tree = join(root, 'tree');
  outside = join(root, 'outside');
  for (const folder of [infra, tree, outside]) await mkdir(folder);
  await put(join(outside, 'secret'), 'the secret');
  await put(join(infra, 'dockerfiles/core/Dockerfile.local'), 'FROM alpine\nCOPY entrypoint.sh /\n');
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

function lay(change: { dockerfile?: string; context?: string } = {}): Promise<OverlayResult> {
  const { dockerfile = 'dockerfiles/core/Dockerfile.local', context = '.' } = change;
  const plan: BuildPlan = {
    service: 'core',
    site: 'main',
    source: { url: 'file:///srv/core.git', branch: 'main', credentialId: null, submodules: false },
    infraRoot: infra,
    overlay: { dockerfile },
    build: {
      context,
      arch: 'amd64',
      platform: 'linux/amd64',
      target: null,
      args: { TARGETARCH: 'amd64' },
      secrets: [],
      pull: true,
      noCache: false,
    },
    image: {
      registry: { host: 'r:1', apiHost: 'r:1', pullHost: 'r:1', credentialId: null },
      repository: 'xgen/main/core',
      movingTag: 'latest-amd64',
      numberFloor: 1,
      number: null,
    },
    targets: [],
    excluded: [],
    parameters: {
      site: 'main',
      env: [],
      tag: 'latest',
      arch: 'amd64',
      registry: 'nexus',
      deploy: false,
      noCache: false,
      rebuild: false,
      number: null,
      switchSite: false,
      trigger: 'person',
      jenkinsBuildNumber: null,
    },
    warnings: [],
  };
  const source: SourceTree = {
    directory: tree,
    head: { commit: 'a'.repeat(40), subject: '', author: '' },
    sharedKey: 'key',
    commitsSince: () => Promise.resolve([]),
    release: () => Promise.resolve(),
  };
  return overlay({ plan, tree: source });
}

describe('overlay', () => {
  test('lays the central files over the context under the names that the builder looks for', async () => {
    await put(join(infra, 'dockerfiles/core/.dockerignore'), '.git\n');
    await put(join(infra, 'dockerfiles/core/entrypoint.sh'), '#!/bin/sh\n');
    await chmod(join(infra, 'dockerfiles/core/entrypoint.sh'), 0o700);
    const result = await lay();
    expect(result).toMatchObject({
      contextDirectory: tree,
      replaced: [],
      notes: [],
      dockerfile: 'dockerfiles/core/Dockerfile.local',
    });
    expect(result.dockerfileText).toContain('FROM alpine');
    expect(result.files.map(({ name, mode }) => [name, mode])).toEqual([
      ['Dockerfile', 0o644],
      ['.dockerignore', 0o644],
      ['entrypoint.sh', 0o755],
    ]);
    expect((await stat(join(tree, 'entrypoint.sh'))).mode & 0o7777).toBe(0o755);
    expect((await stat(join(tree, 'Dockerfile'))).mode & 0o7777).toBe(0o644);
    expect((await readdir(tree)).sort()).toEqual(['.dockerignore', 'Dockerfile', 'entrypoint.sh']);
  });

  test('keeps the times of the central files, so that they are not sent again', async () => {
    const time = new Date('2020-01-02T03:04:05Z');
    await utimes(join(infra, 'dockerfiles/core/Dockerfile.local'), time, time);
    await lay();
    expect((await stat(join(tree, 'Dockerfile'))).mtime).toEqual(time);
  });

  test("says which of the repository's files it replaced, and leaves no line of theirs behind", async () => {
    await put(join(tree, 'Dockerfile'), 'FROM evil\n'.repeat(100));
    await put(join(tree, 'Dockerfile.dockerignore'), '*');
    await put(join(tree, 'entrypoint.sh'), 'own');
    const result = await lay();
    expect(result.replaced).toEqual(['Dockerfile', 'Dockerfile.dockerignore']);
    expect(await readFile(join(tree, 'Dockerfile'), 'utf8')).toBe(result.dockerfileText);
    expect((await readdir(tree)).sort()).toEqual(['Dockerfile', 'entrypoint.sh']);
  });

  test("keeps the repository's own .dockerignore where the centre has none", async () => {
    await put(join(tree, '.dockerignore'), 'node_modules\n');
    expect((await lay()).replaced).toEqual([]);
    expect(await readFile(join(tree, '.dockerignore'), 'utf8')).toBe('node_modules\n');
  });

  test('lays them into the context of a monorepo', async () => {
    await put(join(tree, 'apps/core/main.py'), '');
    expect((await lay({ context: 'apps/core' })).contextDirectory).toBe(join(tree, 'apps/core'));
    expect(await readdir(tree)).toEqual(['apps']);
  });
});

describe('a repository with links at the names of overlay files', () => {
  test('has Dockerfile -> a file outside: neither written nor read', async () => {
    await symlink(join(outside, 'secret'), join(tree, 'Dockerfile'));
    await lay();
    expect((await lstat(join(tree, 'Dockerfile'))).isFile()).toBe(true);
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('the secret');
  });

  test('has Dockerfile -> a place where nothing is: nothing is made there', async () => {
    await symlink(join(outside, 'new'), join(tree, 'Dockerfile'));
    await lay();
    expect(await readdir(outside)).toEqual(['secret']);
  });

  test.each(['../outside/secret', '../../nowhere'])(
    'has .dockerignore -> %s: it is left out, and said',
    async (target) => {
      await symlink(target, join(tree, '.dockerignore'));
      const result = await lay();
      expect(result.notes).toEqual([expect.stringContaining('it was left out') as string]);
      expect(await readdir(tree)).toEqual(['Dockerfile']);
      expect(JSON.stringify(result)).not.toContain('the secret');
    },
  );

  test('has .dockerignore -> a file of its own: a copy of it is used, and said', async () => {
    await put(join(tree, 'docker/ignore'), '*.log\n');
    await symlink('docker/ignore', join(tree, '.dockerignore'));
    expect((await lay()).notes).toEqual([expect.stringContaining('a copy') as string]);
    expect((await lstat(join(tree, '.dockerignore'))).isFile()).toBe(true);
    expect(await readFile(join(tree, '.dockerignore'), 'utf8')).toBe('*.log\n');
  });

  test('has .dockerignore -> outside, where the centre has one: it is replaced', async () => {
    await put(join(infra, 'dockerfiles/core/.dockerignore'), '.git\n');
    await symlink(join(outside, 'secret'), join(tree, '.dockerignore'));
    expect(await lay()).toMatchObject({ replaced: ['.dockerignore'], notes: [] });
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('the secret');
  });

  test.each(['Dockerfile', 'Dockerfile.dockerignore'])('has a folder called %s: refused', async (name) => {
    await mkdir(join(tree, name));
    await expect(lay()).rejects.toMatchObject({ code: 'OVERLAY_REFUSED' });
  });
});

describe('the build context', () => {
  test.each([
    ['out', '../outside'],
    ['apps/out', '../../outside'],
  ])('reached by a link %s -> %s is refused, and nothing is written there', async (context, target) => {
    await mkdir(join(tree, 'apps'));
    await symlink(target, join(tree, context));
    await expect(lay({ context })).rejects.toMatchObject({ code: 'OVERLAY_REFUSED' });
    await expect(lay({ context: `${context}/deeper` })).rejects.toMatchObject({
      code: expect.stringMatching(/OVERLAY_REFUSED/) as string,
    });
    expect(await readdir(outside)).toEqual(['secret']);
  });

  test('may be reached by a link to another folder of the repository', async () => {
    await mkdir(join(tree, 'v2'));
    await symlink('v2', join(tree, 'current'));
    expect((await lay({ context: 'current' })).contextDirectory).toBe(join(tree, 'v2'));
    expect(await readlink(join(tree, 'current'))).toBe('v2');
  });

  test('that is not there names the folders that are', async () => {
    await mkdir(join(tree, 'service'));
    await expect(lay({ context: 'servise' })).rejects.toMatchObject({
      code: 'CONTEXT_MISSING',
      message: expect.stringContaining('did you mean "service"?') as string,
      evidence: ['in the repository: "service"'],
    });
  });

  test.each<[string, string]>([
    ['main.py', 'CONTEXT_MISSING'],
    ['main.py/x', 'CONTEXT_MISSING'],
    ['../outside', 'OVERLAY_REFUSED'],
    ['/etc', 'OVERLAY_REFUSED'],
    ['a/../../outside', 'OVERLAY_REFUSED'],
  ])('%s is %s', async (context, code) => {
    await put(join(tree, 'main.py'), '');
    await expect(lay({ context })).rejects.toMatchObject({ code });
  });
});

describe('the central Dockerfile', () => {
  test('that is not there names what is', async () => {
    await expect(lay({ dockerfile: 'dockerfiles/core/Dockerfile.locl' })).rejects.toMatchObject({
      code: 'DOCKERFILE_MISSING',
      message: expect.stringContaining('did you mean "Dockerfile.local"?') as string,
      evidence: ['in dockerfiles/core: Dockerfile.local'],
    });
  });

  test('in a folder that is not there names the folders that are', async () => {
    await expect(lay({ dockerfile: 'dockerfiles/cor/Dockerfile' })).rejects.toMatchObject({
      code: 'DOCKERFILE_MISSING',
      message: expect.stringContaining('did you mean "core"?') as string,
      evidence: ['in dockerfiles: core'],
    });
  });

  test.each(['../outside/secret', '/etc/passwd', 'dockerfiles/../../outside/secret', ''])(
    'at %j is refused',
    async (dockerfile) => {
      await expect(lay({ dockerfile })).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT' });
    },
  );

  test.each(['Dockerfile.local', '.dockerignore', 'entrypoint.sh'])(
    'beside %s that is a link out of the root is refused',
    async (name) => {
      await rm(join(infra, 'dockerfiles/core', name), { force: true });
      await symlink(join(outside, 'secret'), join(infra, 'dockerfiles/core', name));
      await expect(lay()).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT' });
      expect(await readdir(tree)).toEqual([]);
    },
  );

  test('may be a link inside the root; what stands beside the link counts', async () => {
    await mkdir(join(infra, 'dockerfiles/other'));
    await symlink('../core/Dockerfile.local', join(infra, 'dockerfiles/other/Dockerfile'));
    await put(join(infra, 'dockerfiles/other/entrypoint.sh'), 'other');
    await lay({ dockerfile: 'dockerfiles/other/Dockerfile' });
    expect(await readFile(join(tree, 'entrypoint.sh'), 'utf8')).toBe('other');
  });

  test('that is a folder is an error', async () => {
    await expect(lay({ dockerfile: 'dockerfiles/core' })).rejects.toMatchObject({ code: 'DOCKERFILE_MISSING' });
  });
});

describe('a .dockerignore that hides entrypoint.sh from a Dockerfile that copies it', () => {
  test('is an error before the build', async () => {
    await put(join(infra, 'dockerfiles/core/entrypoint.sh'), '');
    await put(join(infra, 'dockerfiles/core/.dockerignore'), '.git\n*.sh\n');
    await expect(lay()).rejects.toMatchObject({
      code: 'ENTRYPOINT_IGNORED',
      message: expect.stringContaining('dockerfiles/core/.dockerignore, line 2: "*.sh"') as string,
    });
  });

  test("is one also where it is the repository's own", async () => {
    await put(join(infra, 'dockerfiles/core/entrypoint.sh'), '');
    await put(join(tree, '.dockerignore'), '*');
    await expect(lay()).rejects.toMatchObject({
      code: 'ENTRYPOINT_IGNORED',
      message: expect.stringContaining('.dockerignore of the repository, line 1') as string,
    });
  });

  test('is none where the file is let in again, is not there, or is a folder', async () => {
    await put(join(infra, 'dockerfiles/core/.dockerignore'), '*\n!entrypoint.sh\n');
    await put(join(infra, 'dockerfiles/core/Dockerfile.local'), 'FROM a\nCOPY entrypoint.sh not-there src /\n');
    await put(join(infra, 'dockerfiles/core/entrypoint.sh'), '');
    await mkdir(join(tree, 'src'));
    await expect(lay()).resolves.toMatchObject({ replaced: [] });
  });
});
