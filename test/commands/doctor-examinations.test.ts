import { beforeEach, describe, expect, it } from 'vitest';
import { doctor, type Finding } from '../../src/commands/doctor.ts';
import { doctorExaminations, type DoctorOptions } from '../../src/commands/doctor-examinations.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { CheckoutError, EngineError, RegistryError, RolloutError } from '../../src/errors/xgen-error.ts';
import { errorOf, GOOD, makeInfraRoot, writeInto, type ConfigTexts } from '../config/infra-root.ts';
import { doctorPorts, PASSWORD, type DoctorScript, type ScriptedDoctorPorts } from '../fakes/doctor-ports.ts';
import { numbered, running } from '../fakes/scripted-target.ts';

const never = new AbortController().signal;

interface Patient {
  readonly config?: ConfigTexts;
  readonly script?: DoctorScript;
  readonly site?: string | null;
  readonly options?: Partial<DoctorOptions>;
}

interface Visit {
  readonly findings: readonly Finding[];
  readonly exitCode: number;
  readonly asked: ScriptedDoctorPorts['asked'];
  readonly named: (name: string) => readonly Finding[];
}

async function optionsOf(patient: Patient): Promise<{ options: DoctorOptions; asked: ScriptedDoctorPorts['asked'] }> {
  const { root, configDir } = await makeInfraRoot(patient.config);
  for (const service of ['xgen-core', 'xgen-frontend'])
    await writeInto(root, `dockerfiles/${service}/Dockerfile`, 'FROM a');
  const { ports, asked } = doctorPorts(patient.script);
  const options: DoctorOptions = {
    ports,
    folders: { cacheDir: `${root}/cache/xgen`, stateDir: `${root}/state` },
    site: patient.site ?? null,
    readConfiguration: () => loadConfiguration(configDir),
    gitVersion: () => Promise.resolve('2.39.5'),
    nodeVersion: '24.15.0',
    ...patient.options,
  };
  return { options, asked };
}

async function visit(patient: Patient = {}): Promise<Visit> {
  const { options, asked } = await optionsOf(patient);
  const outcome = await doctor(await doctorExaminations(options), never);
  const { findings } = outcome.json as { findings: readonly Finding[] };
  expect(`${outcome.text}${JSON.stringify(outcome.json)}`).not.toContain(PASSWORD);
  return { findings, asked, exitCode: outcome.exitCode, named: (name) => findings.filter((one) => one.name === name) };
}

describe('a machine on which everything is well', () => {
  let healthy: Visit;
  beforeEach(async () => {
    healthy = await visit({ script: { targets: { prd: { state: running(numbered(4)) } } } });
  });

  it('has a line for each thing that a build needs, all ok', () => {
    expect(healthy.findings.map(({ name, status }) => `${status} ${name}`)).toEqual([
      'ok config',
      'ok node',
      'ok git',
      'ok engine',
      'ok disk state',
      'ok disk cache',
      'ok dockerfiles',
      'ok source',
      'ok registry nexus',
      'ok registry aww',
      'ok registry local',
      'ok target dev',
      'ok target prd',
    ]);
    expect(healthy.exitCode).toBe(0);
  });

  it('is told what is there, and where each login came from', () => {
    expect(Object.fromEntries(healthy.findings.map(({ name, detail }) => [name, detail]))).toMatchObject({
      config: expect.stringMatching(/^2 services, 3 sites, 2 environments in /) as string,
      node: '24.15.0',
      git: '2.39.5',
      engine: 'docker 20.10.24 with BuildKit, amd64, at unix:///run/docker.sock',
      dockerfiles: '2 Dockerfiles for 2 services',
      source:
        'xgen-core main is at ccccccc; gitlab.x2bee.com takes the login gitlab-credentials (from environment of gitlab-credentials)',
      'registry nexus': 'docker.x2bee.com takes the login nexus-credentials (from environment of nexus-credentials)',
      'registry local': 'localhost:30500 answers; it has no credentialId',
      'target dev': "this machine's engine: xgen-core of main is not there yet; the first rollout makes it",
      'target prd': "this machine's engine: xgen-core runs b4",
    });
  });
});

describe('the configuration', () => {
  it('is an error line with its faults, and what depends on it is left out', async () => {
    const { findings, exitCode } = await visit({ config: { services: `${GOOD.services}  xgen-x: {repos: a}\n` } });
    expect(findings.map(({ name }) => name)).toEqual(['config', 'node', 'git', 'engine', 'disk state', 'disk cache']);
    expect(findings[0]).toMatchObject({ status: 'error', fix: 'xgen-build config check' });
    expect(findings[0]?.detail).toContain('registries, source and targets are not looked at');
    expect(findings[0]?.evidence?.join('\n')).toContain('config/services.yaml:');
    expect(exitCode).toBe(1);
  });

  it('that is not there is said with how to name its folder', async () => {
    const { findings } = await visit({ config: { project: null } });
    expect(findings[0]).toMatchObject({ name: 'config', status: 'error' });
    expect(findings[0]?.fix).toContain('--config DIR');
  });

  it('that names a Dockerfile which is not there is an error line', async () => {
    const { named } = await visit({
      config: { services: GOOD.services.replace('xgen-core/Dockerfile', 'xgen-core/Gone') },
    });
    expect(named('dockerfiles')).toMatchObject([
      { status: 'error', detail: expect.stringContaining('dockerfiles/xgen-core/Gone is not there') as string },
    ]);
  });
});

describe('--site', () => {
  it('narrows registries, source and targets down to those of the site', async () => {
    const { asked } = await visit({ site: 'aww' });
    expect(asked.registries).toEqual(['43.202.115.195:5000', 'localhost:30500']);
    expect(asked.sources.map(({ branch }) => branch)).toEqual(['aww']);
  });

  it('leaves out environments where the site does not run', async () => {
    const environments = 'environments:\n  dev: {target: docker}\n  prd: {target: docker, sites: [main]}\n';
    expect((await visit({ site: 'aww', config: { environments } })).asked.targets).toEqual(['dev']);
    expect((await visit({ config: { environments } })).asked.targets).toEqual(['dev', 'prd']);
  });

  it('that is empty counts as none', async () => {
    expect((await visit({ site: '' })).asked.sources.map(({ branch }) => branch)).toEqual(['main']);
  });

  it.each([
    ['lotteimal', 'UNKNOWN_SITE'],
    ['--upload-pack=x', 'NAME_REFUSED'],
    ['../x', 'NAME_REFUSED'],
    ['$(x)', 'NAME_REFUSED'],
  ])('refuses %j before anything is asked', async (site, code) => {
    const { options, asked } = await optionsOf({ site });
    expect(await errorOf(doctorExaminations(options))).toMatchObject({ code });
    expect(asked).toEqual({ registries: [], sources: [], targets: [] });
  });
});

describe('the engine', () => {
  it('that does not answer is an error with its own hint, and the others are looked at', async () => {
    const engine = new EngineError({
      code: 'ENGINE_UNREACHABLE',
      message: 'the engine is not there',
      hint: 'start it',
    });
    const { named, findings } = await visit({ script: { engine } });
    expect(named('engine')).toEqual([
      { name: 'engine', status: 'error', detail: 'the engine is not there', fix: 'start it' },
    ]);
    expect(findings.filter(({ status }) => status === 'ok')).toHaveLength(12);
  });

  it.each([
    ['docker 19.03.15', 'warning'],
    ['docker 18.06.3-ce', 'error'],
  ])('of version %s is a line that says how to get a newer one', async (engineVersion, status) => {
    const { named } = await visit({ script: { engineVersion } });
    expect(named('engine')).toMatchObject([{ status, fix: expect.stringContaining('apt-get install') as string }]);
  });
});

describe('git and node', () => {
  it('that are too old are errors with what installs new ones', async () => {
    const options = { gitVersion: () => Promise.resolve('2.30.2'), nodeVersion: '20.19.5' };
    const { named } = await visit({ options });
    expect(named('git')).toMatchObject([{ status: 'error', fix: expect.stringContaining('install git') as string }]);
    expect(named('node')).toMatchObject([{ status: 'error', fix: expect.stringContaining('npm ci') as string }]);
  });
});

describe('a registry', () => {
  const host = 'docker.x2bee.com';
  const unreachable = new RegistryError({ code: 'REGISTRY_UNREACHABLE', message: 'no answer', hint: 'check the VPN' });

  it('that refuses the login is an error with the hint and the own words of the registry', async () => {
    const refused = new RegistryError({
      code: 'REGISTRY_LOGIN_REFUSED',
      message: 'the login was refused',
      hint: 'docker login docker.x2bee.com',
      evidence: [`UNAUTHORIZED: ${PASSWORD}`],
    });
    const { named, exitCode } = await visit({ script: { ping: { [host]: refused } } });
    expect(named('registry nexus')).toEqual([
      {
        name: 'registry nexus',
        status: 'error',
        detail: 'the login was refused',
        fix: 'docker login docker.x2bee.com',
        evidence: ['UNAUTHORIZED: ***'],
      },
    ]);
    expect(exitCode).toBe(1);
  });

  it('that does not answer and lacks its login says both', async () => {
    const script = { ping: { [host]: unreachable }, missing: ['nexus-credentials'] };
    expect((await visit({ script })).named('registry nexus').map(({ fix }) => fix)).toEqual([
      'check the VPN',
      'set the login of nexus-credentials',
    ]);
  });

  it('that is asked for by --registry local alone may be away', async () => {
    const { named, exitCode } = await visit({ script: { ping: { 'localhost:30500': unreachable } } });
    expect(named('registry local')).toMatchObject([{ status: 'warning', fix: 'check the VPN' }]);
    expect(exitCode).toBe(0);
  });

  it('that is the only one may not', async () => {
    const project = `
project: {name: xgen, group: xgen2.0}
gitlab: {url: https://gitlab.x2bee.com, credentialId: gitlab-credentials}
registry: {local: {host: "localhost:30500"}}
sites: [main]
`;
    const { named, asked } = await visit({ config: { project }, script: { ping: { 'localhost:30500': unreachable } } });
    expect(named('registry local')).toMatchObject([{ status: 'error' }]);
    expect(asked.targets).toEqual(['dev', 'prd']);
  });

  it('that several sites share is asked once', async () => {
    expect((await visit()).asked.registries).toEqual([host, '43.202.115.195:5000', 'localhost:30500']);
  });
});

describe('the source', () => {
  it('is asked for one branch of one service', async () => {
    expect((await visit()).asked.sources).toEqual([
      {
        url: 'https://gitlab.x2bee.com/xgen2.0/xgen-core.git',
        branch: 'main',
        credentialId: 'gitlab-credentials',
        submodules: false,
      },
    ]);
  });

  it('lets us in where only the branch is not there', async () => {
    const source = new CheckoutError({ code: 'BRANCH_MISSING', message: 'no branch "main"', hint: 'make the branch' });
    expect((await visit({ script: { source } })).named('source')).toMatchObject([
      { status: 'warning', detail: 'the server lets us in, but no branch "main"', fix: 'make the branch' },
    ]);
  });

  it('that refuses the login is an error', async () => {
    const source = new CheckoutError({ code: 'SOURCE_LOGIN_REFUSED', message: 'refused', hint: 'renew the token' });
    expect((await visit({ script: { source } })).named('source')).toMatchObject([
      { status: 'error', fix: 'renew the token' },
    ]);
  });

  it.each([
    ['ssh://git@gitlab.x2bee.com', 'gitlab.x2bee.com takes the ssh key of this machine'],
    ['file:///srv/git', 'read from file:///srv/git/xgen2.0/xgen-core.git'],
    ['https://gitlab.x2bee.com', 'gitlab.x2bee.com answers; it has no credentialId'],
  ])('at %s says how it was let in', async (url, text) => {
    const project = GOOD.project.replace(/gitlab: .*/, `gitlab: {url: "${url}"}`);
    expect((await visit({ config: { project } })).named('source')[0]?.detail).toContain(text);
  });
});

describe('targets', () => {
  it('that this version does not serve are warnings', async () => {
    const environments =
      'environments:\n  dev: {target: docker}\n  prd: {server: {kubeconfig: ""}}\n  out: {target: airgapped}\n';
    const { named, asked } = await visit({ config: { environments } });
    expect(named('target out')).toMatchObject([
      {
        status: 'warning',
        detail: 'not looked at: this version does not roll out to airgapped',
        fix: expect.stringContaining('environments.out.target: kubernetes or docker') as string,
      },
    ]);
    expect(asked.targets).toEqual(['dev', 'prd']);
  });

  it('say which rights are missing, and what is done without', async () => {
    const environments = 'environments: {dev: {}, prd: {}}';
    const rights = (isAllowed: boolean) => [
      { what: 'get deployments', isAllowed: true, serves: null },
      { what: 'patch deployments', isAllowed, serves: null },
      { what: 'get pods/log', isAllowed: false, serves: 'the last lines of a container that failed' },
    ];
    const { named } = await visit({
      config: { environments },
      script: { targets: { dev: { rights: rights(true) }, prd: { rights: rights(false) } } },
    });
    expect(named('rights dev')).toMatchObject([
      { status: 'ok', detail: 'all that is needed in xgen; done without: the last lines of a container that failed' },
    ]);
    expect(named('rights prd')).toMatchObject([
      {
        status: 'error',
        detail: 'may not patch deployments in xgen',
        fix: 'xgen-build rbac --env prd | kubectl apply -f -',
      },
    ]);
    expect(named('target prd')).toEqual([]);
  });

  it('on one engine that does not let us in are tried once', async () => {
    const inspect = new RolloutError({ code: 'TARGET_FORBIDDEN', message: 'dev: not allowed', hint: 'join the group' });
    const environments = `environments:
  dev: {target: docker, docker: {host: "unix:///run/a.sock"}}
  tst: {target: docker, docker: {host: "unix:///run/b.sock"}}
  prd: {target: docker, docker: {host: "unix:///run/a.sock"}}
`;
    const { named, asked } = await visit({ config: { environments }, script: { targets: { dev: { inspect } } } });
    expect(asked.targets.toSorted()).toEqual(['dev', 'tst']);
    expect(named('target dev')).toMatchObject([{ status: 'error', fix: 'join the group' }]);
    expect(named('target prd')).toMatchObject([{ status: 'error', detail: 'is on the same engine as target dev' }]);
    expect(named('target tst')).toMatchObject([{ status: 'ok' }]);
  });

  it('say what would make a rollout fail, and the others on the engine are looked at', async () => {
    const check = new RolloutError({ code: 'ROLLOUT_FAILED', message: 'dev: started with --rm', hint: 'without --rm' });
    const { named } = await visit({ script: { targets: { dev: { check } } } });
    expect(named('target dev')).toMatchObject([{ status: 'error', fix: 'without --rm' }]);
    expect(named('target prd')).toMatchObject([{ status: 'ok' }]);
  });
});

describe('build secrets', () => {
  const project = `${GOOD.project}build: {secrets: [{id: npm, env: NPM_TOKEN}, {id: ca, file: ca.pem}]}\n`;

  it('have a line each that does not show them', async () => {
    const { named } = await visit({ config: { project } });
    expect(named('secret npm')).toMatchObject([{ status: 'ok', detail: 'can be read from environment NPM_TOKEN' }]);
    expect(named('secret ca')).toMatchObject([{ status: 'ok', detail: expect.stringMatching(/\/ca\.pem$/) as string }]);
  });

  it('that cannot be read are errors', async () => {
    const secret = new CheckoutError({ code: 'CREDENTIAL_MISSING', message: 'NPM_TOKEN is not set', hint: 'set it' });
    const { named } = await visit({ config: { project }, script: { secret } });
    expect(named('secret npm')).toMatchObject([{ status: 'error', fix: 'set it' }]);
  });
});
