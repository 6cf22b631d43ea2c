import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configShow } from '../../src/commands/config-show.ts';
import { GOOD, makeInfraRoot } from '../config/infra-root.ts';

describe('config show', () => {
  it('prints the whole with its defaults, as YAML and as JSON', async () => {
    const { configDir } = await makeInfraRoot();
    const { exitCode, text, json } = await configShow({ configDir });
    expect(exitCode).toBe(0);
    expect(parse(text)).toMatchObject({
      registry: { nexus: { credentialId: 'nexus-credentials', pullHost: 'docker.x2bee.com' } },
      services: { 'xgen-core': { context: '.' } },
    });
    expect(json).toEqual({ schemaVersion: 1, ...(parse(text) as object) });
  });

  it('resolves a service for a site', async () => {
    const { configDir } = await makeInfraRoot();
    const { text } = await configShow({ configDir, service: 'xgen-core', site: 'aww' });
    expect(parse(text)).toMatchObject({
      service: 'xgen-core',
      site: 'aww',
      source: { url: 'https://gitlab.x2bee.com/xgen2.0/xgen-core.git', branch: 'aww' },
      dockerfile: 'dockerfiles/xgen-core/Dockerfile',
      images: {
        nexus: { image: '43.202.115.195:5000/xgen/aww/xgen-core:latest-amd64', credentialId: 'aww-nexus-credentials' },
        local: { image: 'localhost:30500/xgen/xgen-core:latest-amd64', credentialId: null },
      },
      environments: { dev: { timeout: '2m', onFailure: 'warn' }, prd: { onFailure: 'fail' } },
    });
  });

  it('resolves every service for a site, and says what is left out', async () => {
    const { configDir } = await makeInfraRoot({
      project: GOOD.project.replace(/ {2}local: .*\n/, ''),
      environments: GOOD.environments.replace('dev: {', 'dev: {sites: [aww], '),
    });
    const { text } = await configShow({ configDir, site: 'main' });
    expect(parse(text)).toMatchObject({
      site: 'main',
      services: [
        { service: 'xgen-core', environments: { dev: { excluded: 'environments.dev.sites leaves main out' } } },
        { service: 'xgen-frontend' },
      ],
    });
    expect(text).not.toContain('local:');
  });

  it('shows no secrets', async () => {
    const { configDir } = await makeInfraRoot({
      services: GOOD.services.replace(
        'port: 8000',
        'port: 8000, args: {NPM_TOKEN: abcdef, P: "http://u:hunter22@p:1"}',
      ),
    });
    for (const service of [null, 'xgen-core']) {
      const { text, json } = await configShow({ configDir, service });
      expect(text).toContain('http://***@p:1');
      expect(`${text}${JSON.stringify(json)}`).not.toMatch(/abcdef|hunter22/);
    }
  });

  it('says which service or site was meant', async () => {
    const { configDir } = await makeInfraRoot();
    await expect(configShow({ configDir, service: 'xgen-cor' })).rejects.toMatchObject({ code: 'UNKNOWN_SERVICE' });
    await expect(configShow({ configDir, site: 'awe' })).rejects.toMatchObject({ code: 'UNKNOWN_SITE' });
    await expect(configShow({ configDir, site: '$(x)' })).rejects.toMatchObject({ code: 'NAME_REFUSED' });
  });
});
