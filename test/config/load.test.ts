import { describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { loadConfiguration } from '../../src/config/load.ts';
import { KEYS_NOT_BUILT_YET } from '../../src/config/not-built-yet.ts';
import { errorOf, exampleText, faultsOf, GOOD, load, makeInfraRoot, PROJECT_ROOT } from './infra-root.ts';

/** Faults without file and column: `services.xgen-core.port: …` */
async function messagesOf(texts: Parameters<typeof faultsOf>[0]): Promise<string[]> {
  return (await faultsOf(texts)).map((line) => line.replace(/^\S+ /, ''));
}

const service = (change: string): string => GOOD.services.replace('port: 3000', `port: 3000, ${change}`);
const dev = (change: string): string => GOOD.environments.replace('dev: {target: docker}', `dev: {${change}}`);

const hostsOf = (host: string): object => ({ host, pullHost: host, apiHost: host });
const namesOf = (name: string): object => ({
  name,
  repo: name,
  dockerfile: `dockerfiles/${name}/Dockerfile`,
  deployment: name,
  container: name,
});

const SERVICE_DEFAULTS = {
  context: '.',
  branch: null,
  branches: {},
  args: {},
  secrets: [],
  target: null,
  submodules: false,
  workload: 'deployment',
  environments: null,
  rollout: { timeoutMs: null, onFailure: null },
};

const environmentOf = (name: string, onFailure: string): object => ({
  name,
  target: 'kubernetes',
  kubeconfig: '',
  context: null,
  namespace: 'xgen',
  ip: null,
  argocd: null,
  sites: null,
  bySite: {},
  sameAs: null,
  protected: false,
  requireProvenIn: null,
  rollout: { timeoutMs: 120_000, strategy: 'restart', onFailure, concurrency: 2 },
  docker: { host: null, project: `xgen-${name}`, publish: {} },
  airgapped: { exportDir: null, registryHost: null },
});

describe('the example configuration', () => {
  it('holds the six services with their ports, and the three sites', async () => {
    const configuration = await loadConfiguration(join(PROJECT_ROOT, 'config'));
    const ports = Object.values(configuration.services).map(({ name, port, healthCheck }) => [name, port, healthCheck]);
    expect(ports).toEqual([
      ['xgen-frontend', 3000, '/'],
      ['xgen-backend-gateway', 8080, '/health'],
      ['xgen-core', 8000, '/health'],
      ['xgen-workflow', 8000, '/health'],
      ['xgen-documents', 8000, '/health'],
      ['xgen-mcp-station', 8000, '/'],
    ]);
    expect(configuration.sites).toEqual(['main', 'lotteimall', 'aww']);
    expect(configuration.siteRegistries).toEqual({
      aww: {
        host: '43.202.115.195:5000',
        pullHost: '43.202.115.195:5000',
        apiHost: '43.202.115.195:5000',
        credentialId: 'aww-nexus-credentials',
      },
    });
    expect(configuration.environments['prd']).toMatchObject({
      target: 'kubernetes',
      kubeconfig: '',
      ip: '192.168.2.243',
      argocd: { server: 'localhost:30092', appSuffix: '-prd' },
    });
  });

  it.each(['project', 'services', 'environments'] as const)(
    'names its schema in the first line of %s',
    async (file) => {
      const [first] = (await exampleText(file)).split('\n');
      expect(first).toBe(`# yaml-language-server: $schema=schema/${file}.schema.json`);
    },
  );
});

describe('a configuration', () => {
  it('has every default filled in', async () => {
    const { infraRoot, configDir, ...configuration } = await load({ environments: 'environments: {dev: {}, prd: {}}' });
    expect(configDir).toBe(join(infraRoot, 'config'));
    expect(configuration).toEqual({
      project: { name: 'xgen', platform: 'xgen', group: 'xgen2.0', infraRepo: null },
      forge: { kind: 'gitlab', url: 'https://gitlab.x2bee.com', credentialId: 'gitlab-credentials' },
      registry: {
        nexus: { ...hostsOf('docker.x2bee.com'), credentialId: 'nexus-credentials' },
        local: { ...hostsOf('localhost:30500'), credentialId: null, includeSite: false },
      },
      kubernetes: { namespace: 'xgen' },
      sites: ['main', 'lotteimall', 'aww'],
      siteRegistries: { aww: { ...hostsOf('43.202.115.195:5000'), credentialId: 'aww-nexus-credentials' } },
      build: { pull: true, args: {}, secrets: [], concurrency: 6, numberFloor: 1 },
      gc: { keep: 20, keepDays: 0 },
      notifications: { slack: null },
      services: {
        'xgen-core': { ...SERVICE_DEFAULTS, ...namesOf('xgen-core'), port: 8000, healthCheck: '/health' },
        'xgen-frontend': { ...SERVICE_DEFAULTS, ...namesOf('xgen-frontend'), port: 3000, healthCheck: '/' },
      },
      environments: { dev: environmentOf('dev', 'warn'), prd: environmentOf('prd', 'fail') },
    });
  });

  it('cannot be changed', async () => {
    const configuration = await load({ services: service('args: {A: b}') });
    const args = configuration.services['xgen-frontend']?.args ?? {};
    expect(() => Object.assign(args, { A: 'c' })).toThrow(TypeError);
    expect(Object.isFrozen(configuration.sites)).toBe(true);
  });

  it('takes anchors and merge keys', async () => {
    const services = `
services:
  one: &one {repo: one, dockerfile: d/Dockerfile, port: 8000, healthCheck: /, args: &args {A: "1"}}
  two: {<<: *one, repo: two, args: {<<: *args, B: "2"}}
  three: {<<: [{port: 1}, *one], repo: three}
`;
    const configuration = await load({ services });
    expect(configuration.services['two']).toMatchObject({ repo: 'two', port: 8000, args: { A: '1', B: '2' } });
    expect(configuration.services['three']).toMatchObject({ repo: 'three', port: 1 });
  });

  it('resolves files of the machine, against the infra root where they are relative', async () => {
    const { root, configDir } = await makeInfraRoot({
      services: service(
        'secrets: [{id: ca, file: /etc/ssl/ca.pem}, {id: own, file: secrets/own}, {id: e, env: TOKEN}]',
      ),
      environments: dev('server: {kubeconfig: kube/dev}').replace(
        'prd: {',
        'prd: {server: {kubeconfig: ~/.kube/prd}, ',
      ),
    });
    const { services, environments } = await loadConfiguration(configDir);
    expect(services['xgen-frontend']?.secrets).toEqual([
      { id: 'ca', kind: 'file', path: '/etc/ssl/ca.pem' },
      { id: 'own', kind: 'file', path: join(root, 'secrets/own') },
      { id: 'e', kind: 'env', variable: 'TOKEN' },
    ]);
    expect(environments['dev']?.kubeconfig).toBe(join(root, 'kube/dev'));
    expect(environments['prd']?.kubeconfig).toBe('~/.kube/prd');
  });

  it('takes airgapped for one environment or for all', async () => {
    const environments = `
airgapped: {exportDir: /mnt/usb, registry: {host: "localhost:30500"}}
environments: {a: {target: airgapped}, b: {target: airgapped, airgapped: {exportDir: out}}}
`;
    const { environments: loaded, infraRoot } = await load({ environments });
    expect(loaded['a']?.airgapped).toEqual({ exportDir: '/mnt/usb', registryHost: 'localhost:30500' });
    expect(loaded['b']?.airgapped).toEqual({ exportDir: join(infraRoot, 'out'), registryHost: null });
  });

  it('takes github for gitlab, and registries without a login', async () => {
    const project = GOOD.project
      .replace(/gitlab: .*/, 'github: {url: https://github.com/}')
      .replace(/, credentialId: nexus-credentials/, '');
    const { forge, registry } = await load({ project });
    expect(forge).toEqual({ kind: 'github', url: 'https://github.com', credentialId: null });
    expect(registry.nexus?.credentialId).toBeNull();
  });
});

describe('faults', () => {
  it('are said with file, line, column, path and the key that was meant', async () => {
    const services = `services:
  xgen-core:
    repo: xgen-core
    dokerfile: dockerfiles/xgen-core/Dockerfile
    port: 8000
    healthCheck: /health
`;
    const error = await errorOf(load({ services }));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2 });
    expect(error.evidence).toEqual([
      'config/services.yaml:4:5 services.xgen-core.dokerfile: unknown key, did you mean "dockerfile"?',
    ]);
  });

  it.each([
    ['a key that nobody knows', 'zzz: 1', /zzz: unknown key; known here: repo, dockerfile, /],
    [
      'a quoted number',
      'rollout: {timeout: 10}',
      /rollout\.timeout: expected a duration such as 120s.*, found a number$/,
    ],
    ['a wrong duration', 'rollout: {timeout: 10x}', /rollout\.timeout: expected a duration such as 120s/],
    [
      'a wrong choice',
      'rollout: {onFailure: wran}',
      /"wran" is not one of warn, fail, rollback, did you mean "warn"\?$/,
    ],
    ['a number for text', 'args: {V: 3.10}', /args\.V: expected text, found a number; put it in quotes$/],
    ['text for true or false', 'submodules: "yes"', /submodules: expected true or false, found text$/],
    ['a text for a list', 'environments: dev', /environments: expected a list, found text$/],
    ['a list for a mapping', 'args: [A]', /args: expected a mapping of keys, found a list$/],
    ['an empty value', 'branch:', /branch: empty; expected text$/],
    ['TARGETARCH', 'args: {TARGETARCH: arm64}', /TARGETARCH is set by --arch$/],
    ['a double', 'environments: [dev, dev]', /environments\[1\]: "dev" is there twice$/],
    [
      'a secret from nowhere',
      'secrets: [{id: a}]',
      /secrets\[0\]: expected exactly one of file, env and credentialId, found none$/,
    ],
    ['a secret from two', 'secrets: [{id: a, env: A, file: b}]', /found file and env$/],
    ['a secret twice', 'secrets: [{id: a, env: A}, {id: a, env: B}]', /secrets\[1\]\.id: the id "a" is there twice$/],
    ['a secret outside the root', 'secrets: [{id: a, file: ../a}]', /"\.\.\/a" cannot be used: it leaves/],
    ['a context outside the repository', 'context: ../other', /context: "\.\.\/other" cannot be used: it leaves/],
    [
      'an unknown environment',
      'environments: [prod]',
      /"prod" is not an environment of environments\.yaml, did you mean "prd"\?$/,
    ],
    [
      'a branch of an unknown site',
      'branches: {lottemall: x}',
      /"lottemall" is not a site of project\.yaml, did you mean "lotteimall"\?$/,
    ],
    [
      'a branch that is an option',
      'branch: --upload-pack=x',
      /"--upload-pack=x" cannot be a branch: it begins with "-"$/,
    ],
    ['a deployment that is no name', 'deployment: Xgen_Core', /cannot be a Kubernetes object: allowed are/],
  ])('of services.yaml: %s', async (_, change, expected) => {
    const messages = await messagesOf({ services: service(change) });
    expect(messages).toEqual([expect.stringMatching(expected)]);
  });

  it.each([
    ['dockerfiles/xgen-frontend/Dockerfile', '/etc/passwd', /it is absolute/],
    ['dockerfiles/xgen-frontend/Dockerfile', 'a/../../x', /it leaves/],
    ['dockerfiles/xgen-frontend/Dockerfile', 'dockerfiles/', /it names a folder/],
    ['port: 3000', 'port: 0', /expected a whole number from 1 to 65535$/],
    ['port: 3000', 'port: 65536', /expected a whole number from 1 to 65535$/],
    ['port: 3000', 'port: 80.5', /expected a whole number from 1 to 65535, found a number$/],
    ['port: 3000', 'port: "3000"', /expected a whole number from 1 to 65535, found text$/],
    ['healthCheck: /}', 'healthCheck: health}', /expected a path that begins with "\/"$/],
    ['healthCheck: /}', 'healthCheck: //evil/x}', /would name another host$/],
    ['healthCheck: /}', 'healthCheck: "/a b"}', /holds a space/],
    ['repo: xgen-frontend', 'repo: ../other', /it holds "\.\."$/],
    ['repo: xgen-frontend', 'repo: xgen-frontend.git', /without "\.git"$/],
    ['  xgen-frontend:', '  Xgen:', /"Xgen" cannot be a service/],
    [', port: 3000', '', /services\.xgen-frontend\.port: missing; expected a whole number from 1 to 65535$/],
    ['  xgen-frontend: {', '  one:\n  xgen-frontend: {', /services\.one: empty; expected a mapping of keys$/],
  ])('of services.yaml: %s becomes %s', async (from, to, expected) => {
    expect(await messagesOf({ services: GOOD.services.replace(from, to) })).toEqual([expect.stringMatching(expected)]);
  });

  it.each([
    ['project: {name: xgen', 'project: {name: Xgen', /"Xgen" cannot be a project/],
    ['host: docker.x2bee.com', 'host: https://docker.x2bee.com', /without "https:\/\/"$/],
    [/sites: .*\nsiteRegistries:\n.*\n/, 'sites: []\n', /sites: expected at least one site$/],
    ['sites: [main, lotteimall, aww]', 'sites: [main, aww, main]', /sites\[2\]: "main" is there twice$/],
    ['sites: [main, lotteimall, aww]', 'sites: [main, aww, $(x)]', /cannot be a site: it holds "\$"$/],
    [
      '  aww: {host',
      '  awe: {host',
      /siteRegistries\.awe: "awe" is not a site of project\.yaml, did you mean "aww"\?$/,
    ],
    ['gitlab:', 'github: {url: https://github.com}\ngitlab:', /expected exactly one of them$/],
    [/gitlab: .*/, '', /gitlab: missing; expected gitlab or github$/],
    [/gitlab:/, 'gitlb:', /gitlb: unknown key, did you mean "gitlab"\?$/],
    [/ {2}nexus: .*\n {2}local: .*\n/, '  {}\n', /registry: expected nexus, local or both$/],
    ['https://gitlab.x2bee.com', 'https://jiwon:hunter22@gitlab.x2bee.com', /a password does not belong in an address/],
    ['sites:', 'build: {numberFloor: 0}\nsites:', /expected a whole number from 1 to 999999999$/],
  ])('of project.yaml: %s becomes %s', async (from, to, expected) => {
    const messages = await messagesOf({ project: GOOD.project.replace(from, to) });
    expect(messages).toEqual([expect.stringMatching(expected)]);
    expect(messages.join('\n')).not.toContain('hunter22');
  });

  it.each([
    ['target: dokcer', /"dokcer" is not one of kubernetes, docker, airgapped, did you mean "docker"\?$/],
    ['sites: [mian]', /"mian" is not a site of project\.yaml, did you mean "main"\?$/],
    ['sameAs: prod', /"prod" is not an environment of environments\.yaml, did you mean "prd"\?$/],
    ['sameAs: dev', /environments\.dev\.sameAs: names its own environment$/],
    ['requireProvenIn: dev', /environments\.dev\.requireProvenIn: names its own environment$/],
    ['requireProvenIn: stage', /"stage" is not an environment/],
    [
      'docker: {publish: {xgen-cor: "127.0.0.1:1"}}',
      /"xgen-cor" is not a service of services\.yaml, did you mean "xgen-core"\?$/,
    ],
    ['docker: {publish: {xgen-core: "18000"}}', /expected an address and a port, such as 127\.0\.0\.1:18000$/],
    [
      'docker: {publish: {xgen-core: "127.0.0.1:1", xgen-frontend: "127.0.0.1:1"}}',
      /publish\.xgen-frontend: 127\.0\.0\.1:1 is the port of xgen-core too$/,
    ],
    ['docker: {host: /var/run/docker.sock}', /expected unix:\/\/\/path/],
    ['rollout: {timeout: 0s}', /from 1s to 24h$/],
    ['namespace: a.b', /cannot be a Kubernetes namespace/],
    ['server: {kubeconfig: ../kube}', /it leaves/],
  ])('of environments.yaml: %s', async (change, expected) => {
    expect(await messagesOf({ environments: dev(change) })).toEqual([expect.stringMatching(expected)]);
  });

  it('refuses an environment called both, which means dev then prd', async () => {
    const environments = GOOD.environments.replace('dev:', 'both:');
    expect(await messagesOf({ environments })).toEqual([expect.stringMatching(/"both" means dev then prd$/)]);
  });

  it('refuses a chain of sameAs', async () => {
    const environments = 'environments: {a: {}, b: {sameAs: a}, c: {sameAs: b}}';
    expect(await messagesOf({ environments })).toEqual([
      expect.stringMatching(/c\.sameAs: "b" has a sameAs of its own/),
    ]);
  });

  it('are all said at once, in the order of the files and lines', async () => {
    const faults = await faultsOf({
      project: GOOD.project.replace('docker.x2bee.com', 'x/y'),
      services: service('zzz: 1').replace('port: 8000', 'port: x'),
      environments: dev('target: nowhere, sameAs: nowhere'),
    });
    expect(faults.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      expect.stringMatching(/project\.yaml:5:\d+ registry\.nexus\.host:/),
      expect.stringMatching(/services\.yaml:3:\d+ services\.xgen-core\.port:/),
      expect.stringMatching(/services\.yaml:4:\d+ services\.xgen-frontend\.zzz:/),
      expect.stringMatching(/environments\.yaml:3:\d+ environments\.dev\.target:/),
      expect.stringMatching(/environments\.yaml:3:\d+ environments\.dev\.sameAs:/),
    ]);
  });

  it('in a part that is used through an alias are said once, where they are to be mended', async () => {
    const services = GOOD.services
      .replace('xgen-core: {', 'xgen-core: &core {prot: 1, ')
      .replace('xgen-frontend: {', 'xgen-frontend: {<<: *core, ');
    expect(await messagesOf({ services })).toEqual(['services.xgen-core.prot: unknown key, did you mean "port"?']);
  });
});

describe('defect 11: names that would overwrite one another', () => {
  it('refuses one deployment for two services of the same environment', async () => {
    expect(await messagesOf({ services: service('deployment: xgen-core') })).toEqual([
      'services.xgen-frontend.deployment: the deployment "xgen-core" is that of xgen-core too, in the same environment',
    ]);
  });

  it('allows it where they are never in the same environment', async () => {
    const services = service('deployment: xgen-core, environments: [prd]').replace(
      'port: 8000',
      'port: 8000, environments: [dev]',
    );
    expect((await load({ services })).services['xgen-frontend']?.deployment).toBe('xgen-core');
  });
});

describe('keys whose feature does not exist yet', () => {
  const values: Readonly<Record<string, string>> = {
    gc: '{keep: 3}',
    concurrency: '2',
    notifications: '{slack: {credentialId: slack}}',
    workload: 'statefulset',
    context: 'prd',
    bySite: '{aww: {namespace: aww}}',
    strategy: 'pin',
  };

  it.each(KEYS_NOT_BUILT_YET.map(({ file, pattern }) => [file, pattern.join('.'), pattern] as const))(
    'of %s.yaml, %s, are refused and not ignored',
    async (file, _, pattern) => {
      const names = pattern.map((step) => (step !== '*' ? step : file === 'services' ? 'xgen-core' : 'dev'));
      const key = names.at(-1) ?? '';
      const text = names.toReversed().reduce((inner, name) => `{${name}: ${inner}}`, values[key] ?? '');
      const texts = {
        project: `${GOOD.project}\n${text.slice(1, -1)}\n`,
        services: GOOD.services.replace('port: 8000', 'port: 8000, workload: statefulset'),
        environments: `environments: {prd: {}, ${text.slice('{environments: {'.length, -2)}}`,
      };
      expect(await messagesOf({ [file]: texts[file] })).toEqual([
        `${names.join('.')}: not built yet in this version; take the key out`,
      ]);
    },
  );
});
