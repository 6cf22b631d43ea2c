import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPaths } from '../../src/config/check-paths.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { errorOf, GOOD, makeInfraRoot, PROJECT_ROOT, writeInto } from './infra-root.ts';

const CORE = 'dockerfiles/xgen-core/Dockerfile';
const FRONTEND = 'dockerfiles/xgen-frontend/Dockerfile';

it('finds every Dockerfile of the example configuration', async () => {
  const configuration = await loadConfiguration(join(PROJECT_ROOT, 'config'));
  await expect(checkPaths(configuration)).resolves.toBeUndefined();
});

describe('a Dockerfile', () => {
  it('that is missing is named, with what is there instead', async () => {
    const { root, configDir } = await makeInfraRoot();
    await writeInto(root, `${CORE}.local`);
    const error = await errorOf(checkPaths(await loadConfiguration(configDir)));
    expect(error).toMatchObject({ code: 'DOCKERFILE_MISSING', exitCode: 2 });
    expect(error.evidence).toEqual([
      `services.xgen-core.dockerfile: ${CORE} is not there; did you mean Dockerfile.local?`,
      `services.xgen-frontend.dockerfile: ${FRONTEND} is not there, nor is its folder`,
    ]);
  });

  it('that is a folder is no file', async () => {
    const { root, configDir } = await makeInfraRoot();
    await mkdir(join(root, CORE), { recursive: true });
    expect((await errorOf(checkPaths(await loadConfiguration(configDir), ['xgen-core']))).message).toContain(
      'is not a file',
    );
  });

  it('is looked at for the services that were named alone', async () => {
    const { root, configDir } = await makeInfraRoot();
    await writeInto(root, CORE);
    await expect(checkPaths(await loadConfiguration(configDir), ['xgen-core'])).resolves.toBeUndefined();
  });

  it.each([
    ['a link to a file outside', CORE, '/etc/passwd'],
    ['below a link to a folder outside', 'dockerfiles/xgen-core', '/etc'],
    ['a link by many parents', CORE, '../../../../../../../../etc/passwd'],
  ])('that is %s is refused', async (_, link, target) => {
    const dockerfile = target === '/etc' ? 'dockerfiles/xgen-core/passwd' : CORE;
    const { root, configDir } = await makeInfraRoot({ services: GOOD.services.replace(CORE, dockerfile) });
    await mkdir(join(root, link, '..'), { recursive: true });
    await symlink(target, join(root, link));
    expect(await errorOf(checkPaths(await loadConfiguration(configDir), ['xgen-core']))).toMatchObject({
      code: 'PATH_OUTSIDE_ROOT',
      exitCode: 2,
      message: `services.xgen-core.dockerfile: ${dockerfile} leads out of the infra root by a link`,
    });
  });

  it('may be a link that stays inside, and the infra root itself may be behind one', async () => {
    const { root, configDir } = await makeInfraRoot();
    await writeInto(root, 'dockerfiles/shared');
    await mkdir(join(root, 'dockerfiles/xgen-core'));
    await symlink('../shared', join(root, CORE));
    await symlink(root, join(root, 'again'));
    for (const folder of [configDir, join(root, 'again/config')]) {
      await expect(checkPaths(await loadConfiguration(folder), ['xgen-core'])).resolves.toBeUndefined();
    }
  });
});

describe('a secret file', () => {
  it('of the infra repository may not lead out of it; one of the machine is its own', async () => {
    const project = `${GOOD.project}build: {secrets: [{id: a, file: /etc/hostname}, {id: b, file: own}, {id: c, file: gone}]}`;
    const { root, configDir } = await makeInfraRoot({ project });
    await symlink('/etc/hostname', join(root, 'own'));
    await writeInto(root, CORE);
    const error = await errorOf(checkPaths(await loadConfiguration(configDir), ['xgen-core']));
    expect(error.evidence).toEqual(['build.secrets[1].file: own leads out of the infra root by a link']);
  });
});
