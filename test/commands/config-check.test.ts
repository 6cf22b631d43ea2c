import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configCheck } from '../../src/commands/config-check.ts';
import { makeInfraRoot, PROJECT_ROOT, writeInto } from '../config/infra-root.ts';

describe('config check', () => {
  it('says a line per file, and warns of defects 5 and 13 in the example configuration', async () => {
    const outcome = await configCheck({ configDir: join(PROJECT_ROOT, 'config') });
    expect(outcome.exitCode).toBe(0);
    expect(outcome.text.split('\n')).toEqual([
      'ok       config/project.yaml       3 sites, 1 with a registry of their own; sources from https://gitlab.x2bee.com',
      'ok       config/services.yaml      6 services, 4 Dockerfiles',
      'ok       config/environments.yaml  2 environments: dev (kubernetes), prd (kubernetes)',
      expect.stringMatching(/^warning {2}dev and prd are the same place/),
      expect.stringMatching(/^warning {2}prd follows the moving tag/),
      '',
    ]);
    expect(outcome.json).toMatchObject({ schemaVersion: 1, status: 'ok', error: null });
  });

  it('says a line per fault, each beginning with its place, and exits with 2', async () => {
    const { configDir } = await makeInfraRoot({ environments: 'environments: {dev: {target: dokcer}}' });
    const outcome = await configCheck({ configDir });
    expect(outcome).toMatchObject({ exitCode: 2, json: { status: 'failed', error: { code: 'CONFIG_INVALID' } } });
    expect(outcome.text).toBe(
      'config/environments.yaml:1:30 environments.dev.target: "dokcer" is not one of kubernetes, docker, airgapped, did you mean "docker"?\n→ mend these lines; xgen-build config check looks again\n',
    );
  });

  it('looks for the Dockerfiles', async () => {
    const { root, configDir } = await makeInfraRoot();
    await writeInto(root, 'dockerfiles/xgen-core/Dockerfile');
    const outcome = await configCheck({ configDir });
    expect(outcome).toMatchObject({ exitCode: 2, json: { error: { code: 'DOCKERFILE_MISSING' } } });
    expect(outcome.text).toContain('services.xgen-frontend.dockerfile: ');
  });

  it('says that there is no configuration', async () => {
    const outcome = await configCheck({ configDir: '/nowhere' });
    expect(outcome).toMatchObject({ exitCode: 2, json: { error: { code: 'CONFIG_MISSING' } } });
    expect(outcome.text).toMatch(/^there is no folder \/nowhere\n→ /);
  });
});
