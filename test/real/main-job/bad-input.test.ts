import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useLab } from '../../lab/use-lab.ts';

describe('input that is refused before anything runs', () => {
  const refused: Readonly<Record<string, { args: readonly string[]; says: RegExp }>> = {
    'a service that is not there': { args: ['xgen-cor'], says: /UNKNOWN_SERVICE[^]*xgen-core/ },
    'a site that is not there': { args: ['xgen-core', '--site', 'lotteimal'], says: /UNKNOWN_SITE[^]*lotteimall/ },
    'an environment that is not there': { args: ['xgen-core', '--env', 'prod'], says: /UNKNOWN_ENVIRONMENT[^]*prd/ },
    'an architecture that is not there': { args: ['xgen-core', '--arch', 'riscv'], says: /amd64/ },
    'a registry that is not there': { args: ['xgen-core', '--registry', 'nexsu'], says: /nexus/ },
    'a tag that breaks the rule of tags': { args: ['xgen-core', '--tag', '-x/y'], says: /NAME_REFUSED|USAGE/ },
    'a site that is an option of git': {
      args: ['xgen-core', '--site=--upload-pack=x'],
      says: /NAME_REFUSED|UNKNOWN_SITE/,
    },
    'a site that leaves its folder': { args: ['xgen-core', '--site', '../x'], says: /NAME_REFUSED|UNKNOWN_SITE/ },
    'a site with a space': { args: ['xgen-core', '--site', 'a b'], says: /NAME_REFUSED|UNKNOWN_SITE/ },
    'a site for a shell': { args: ['xgen-core', '--site', '$(x)'], says: /NAME_REFUSED|UNKNOWN_SITE/ },
    'no service at all': { args: ['--site', 'main'], says: /USAGE/ },
    'an option that is not there': { args: ['xgen-core', '--sit', 'main'], says: /--site/ },
    'a command of a later version': { args: ['serve'], says: /NOT_BUILT_YET/ },
  };

  for (const [name, { args, says }] of Object.entries(refused))
    it(`is ${name}`, async () => {
      const { infra } = useLab();
      const run = await infra.run([...args, '--output', 'json']);
      expect(run.stdout + run.stderr).toMatch(says);
      expect(run.exitCode).toBe(2);
      expect(run.stderr).not.toMatch(/^\s+at /m);
    });
});

it('lists every fault of the three files at once, each with its place and the key that was meant', async () => {
  const infra = await useLab().freshInfra({
    project: { registry: { nexus: { hots: 'x' } } },
    services: { services: { 'xgen-core': { dockerfil: 'x', port: 'many' } } },
    environments: { environments: { dev: { target: 'dokcer' } } },
  });
  for (const args of [['config', 'check'], ['xgen-core']]) {
    const run = await infra.run(args);
    expect(run.exitCode).toBe(2);
    const words = run.stdout + run.stderr;
    expect(words).toMatch(/config\/project\.yaml:\d+:\d+ .*hots/);
    expect(words).toMatch(/config\/services\.yaml:\d+:\d+ services\.xgen-core\.dockerfil: .*"dockerfile"/);
    expect(words).toMatch(/config\/services\.yaml:\d+:\d+ services\.xgen-core\.port/);
    expect(words).toMatch(/config\/environments\.yaml:\d+:\d+ environments\.dev\.target/);
  }
});

describe('a file that is no YAML', () => {
  const files = {
    'a tab as indentation': 'services:\n\txgen-core:\n',
    'a quote that does not end': 'services: "x\n',
    nothing: '',
    'a list': '- a\n- b\n',
    'bytes that are no UTF-8': Buffer.from([0x73, 0x3a, 0x20, 0xff, 0xfe, 0x0a]),
    'a key twice': 'services: {}\nservices: {}\n',
    'two documents': 'services: {}\n---\nservices: {}\n',
  } as const;
  for (const [name, content] of Object.entries(files))
    it(`is refused with its name: ${name}`, async () => {
      const infra = await useLab().freshInfra();
      await writeFile(join(infra.configDirectory, 'services.yaml'), content);
      const run = await infra.run(['config', 'check']);
      expect(run.exitCode, run.stdout + run.stderr).toBe(2);
      expect(run.stdout + run.stderr).toContain('config/services.yaml');
      expect(run.stderr).not.toMatch(/^\s+at /m);
    });
});

it('reads anchors and merge keys', async () => {
  const environments = { dev: { docker: { publish: undefined } }, prd: { docker: { publish: undefined } } };
  const infra = await useLab().freshInfra({ environments: { environments } });
  await writeFile(
    join(infra.configDirectory, 'services.yaml'),
    `services:
  xgen-core: &python
    repo: xgen-core
    dockerfile: dockerfiles/xgen-python/Dockerfile.local
    port: 8000
    healthCheck: /health
  xgen-workflow:
    <<: *python
    repo: xgen-workflow
`,
  );
  const run = await infra.run(['config', 'show', 'xgen-workflow', '--output', 'json']);
  expect(run.exitCode, run.stdout + run.stderr).toBe(0);
  expect(run.stdout).toContain('dockerfiles/xgen-python/Dockerfile.local');
});
