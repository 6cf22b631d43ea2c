import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Configuration } from '../../src/config/configuration.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { UsageError } from '../../src/errors/xgen-error.ts';
import { resolveParameters, type ParameterFlags } from '../../src/plan/parameters.ts';
import { planBuild } from '../../src/plan/plan-build.ts';
import type { BuildPlan } from '../../src/plan/build-plan.ts';
import { requireBuiltTargets } from '../../src/plan/require-built-targets.ts';
import { formatImage, withTag } from '../../src/values/image-reference.ts';
import { GOOD, load, PROJECT_ROOT } from '../config/infra-root.ts';

let example: Configuration;
beforeAll(async () => {
  example = await loadConfiguration(join(PROJECT_ROOT, 'config'));
});

function plan(flags: ParameterFlags = {}, { of = example, service = 'xgen-core' } = {}): BuildPlan {
  const { service: name, parameters } = resolveParameters({ service, flags, environment: {} });
  return planBuild({ configuration: of, service: name, parameters });
}

function images({ image, build }: BuildPlan): string[] {
  const repository = { host: image.registry.host, path: image.repository };
  return [image.movingTag, `b42-${build.arch}`].map((tag) => formatImage(withTag(repository, tag)));
}

function errorOf(work: () => unknown): UsageError {
  try {
    work();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('expected a UsageError');
}

describe('names', () => {
  it.each([
    [{}, 'docker.x2bee.com/xgen/main/xgen-core', 'latest-amd64', 'nexus-credentials'],
    [{ site: 'lotteimall' }, 'docker.x2bee.com/xgen/lotteimall/xgen-core', 'latest-amd64', 'nexus-credentials'],
    [{ site: 'aww' }, '43.202.115.195:5000/xgen/aww/xgen-core', 'latest-amd64', 'aww-nexus-credentials'],
    [{ arch: 'arm64' }, 'docker.x2bee.com/xgen/main/xgen-core', 'latest-arm64', 'nexus-credentials'],
    [{ tag: 'v2' }, 'docker.x2bee.com/xgen/main/xgen-core', 'v2-amd64', 'nexus-credentials'],
    [{ registry: 'local' }, 'localhost:30500/xgen/xgen-core', 'latest-amd64', null],
    [{ registry: 'local', site: 'aww' }, 'localhost:30500/xgen/xgen-core', 'latest-amd64', null],
  ])('with %j the image is %s:%s', (...[flags, repository, movingTag, credentialId]) => {
    const made = plan(flags);
    const arch = made.build.arch;
    expect(images(made)).toEqual([`${repository}:${movingTag}`, `${repository}:b42-${arch}`]);
    expect(made.image.registry.credentialId).toBe(credentialId);
  });

  it.each([
    ['xgen-core', 'main', 'https://gitlab.x2bee.com/xgen2.0/xgen-core.git'],
    ['xgen-build/xgen-frontend', 'lotteimall', 'https://gitlab.x2bee.com/xgen2.0/xgen-frontend.git'],
    ['a/b/xgen-mcp-station', 'aww', 'https://gitlab.x2bee.com/xgen2.0/xgen-mcp-station.git'],
  ])('of %s for %s the source is %s at the branch of the site', (service, site, url) => {
    expect(plan({ site }, { service }).source).toEqual({
      url,
      branch: site,
      credentialId: 'gitlab-credentials',
      submodules: false,
    });
  });

  it.each([
    ['xgen-frontend', 'dockerfiles/xgen-frontend/Dockerfile.local'],
    ['xgen-backend-gateway', 'dockerfiles/xgen-backend-gateway/Dockerfile'],
    ['xgen-core', 'dockerfiles/xgen-python/Dockerfile.local'],
    ['xgen-workflow', 'dockerfiles/xgen-python/Dockerfile.local'],
    ['xgen-documents', 'dockerfiles/xgen-python/Dockerfile.local'],
    ['xgen-mcp-station', 'dockerfiles/xgen-mcp-station/Dockerfile.local'],
  ])('of %s the Dockerfile is %s', (service, dockerfile) => {
    expect(plan({}, { service }).overlay.dockerfile).toBe(dockerfile);
  });

  it('defect 11: local images of two sites are apart with includeSite', async () => {
    const of = await load({
      project: GOOD.project.replace('host: "localhost:30500"', 'host: "localhost:30500", includeSite: true'),
    });
    expect(plan({ registry: 'local', site: 'aww' }, { of }).image.repository).toBe('xgen/aww/xgen-core');
    expect(plan({ registry: 'local', site: 'main' }, { of }).image.repository).toBe('xgen/main/xgen-core');
  });
});

describe('the build', () => {
  it('is for the platform that was asked for, and says so in TARGETARCH', () => {
    const { build } = plan({ arch: 'arm64', cache: false });
    expect(build).toEqual({
      context: '.',
      arch: 'arm64',
      platform: 'linux/arm64',
      target: null,
      args: { APP_SITE: 'main', TARGETARCH: 'arm64' },
      secrets: [],
      pull: true,
      noCache: true,
    });
  });

  it('merges arguments and secrets, the service over the project', async () => {
    const project = `${GOOD.project}
build: {pull: false, numberFloor: 7, args: {A: project, B: project}, secrets: [{id: ca, env: CA}, {id: npm, env: NPM}]}
`;
    const services = GOOD.services.replace(
      'port: 8000',
      'port: 8000, context: ./svc/, target: run, submodules: true, args: {B: service}, secrets: [{id: npm, credentialId: npm}]',
    );
    const { build, image, source } = plan({ number: '9' }, { of: await load({ project, services }) });
    expect(build).toMatchObject({ context: 'svc', target: 'run', pull: false });
    expect(build.args).toEqual({ A: 'project', B: 'service', APP_SITE: 'main', TARGETARCH: 'amd64' });
    expect(build.secrets).toEqual([
      { id: 'ca', kind: 'env', variable: 'CA' },
      { id: 'npm', kind: 'credential', credentialId: 'npm' },
    ]);
    expect(image).toMatchObject({ numberFloor: 7, number: 9 });
    expect(source.submodules).toBe(true);
  });

  it.each([
    ['submodules: false', 'aww', 'aww'],
    ['branch: develop', 'aww', 'develop'],
    ['branches: {aww: release/aww}', 'aww', 'release/aww'],
    ['branches: {aww: release/aww}', 'main', 'main'],
    ['branch: develop, branches: {aww: release/aww}', 'aww', 'release/aww'],
  ])('with {%s} takes for %s the branch %s', async (change, site, branch) => {
    const of = await load({ services: GOOD.services.replace('port: 8000', `port: 8000, ${change}`) });
    expect(plan({ site }, { of }).source.branch).toBe(branch);
  });
});

describe('registries', () => {
  it('are named as each of their users reaches them', async () => {
    const project = GOOD.project.replace(
      'host: docker.x2bee.com',
      'host: docker.x2bee.com, pullHost: "pull:1", apiHost: "api:2"',
    );
    const { image, targets } = plan({}, { of: await load({ project }) });
    expect(image.registry).toEqual({
      host: 'docker.x2bee.com',
      pullHost: 'pull:1',
      apiHost: 'api:2',
      credentialId: 'nexus-credentials',
    });
    expect(targets.map((target) => target.repository)).toEqual([{ host: 'pull:1', path: 'xgen/main/xgen-core' }]);
  });

  it('that are not configured are an error that names the other one', async () => {
    const of = await load({ project: GOOD.project.replace(/ {2}local: .*\n/, '') });
    expect(errorOf(() => plan({ registry: 'local' }, { of }))).toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining('--registry nexus'),
    });
  });

  it('of a site of its own need no nexus', async () => {
    const of = await load({ project: GOOD.project.replace(/ {2}nexus: .*\n/, '') });
    expect(plan({ site: 'aww' }, { of }).image.registry.host).toBe('43.202.115.195:5000');
    expect(errorOf(() => plan({}, { of })).message).toContain('registry.nexus for the site main');
  });
});

describe('targets', () => {
  const many = `environments:
  dev: {target: docker}
  stage: {target: docker, namespace: other, rollout: {timeout: 30s, onFailure: rollback}, sites: [main]}
  prd: {target: docker, docker: {host: "ssh://deploy@prd", project: shop, publish: {xgen-core: "127.0.0.1:18000"}}, protected: true, requireProvenIn: dev}
`;

  it('are those that were asked for, in order', async () => {
    const of = await load({ environments: many });
    const names = (env: string): string[] => plan({ env }, { of }).targets.map((target) => target.env);
    expect(names('dev')).toEqual(['dev']);
    expect(names('both')).toEqual(['dev', 'prd']);
    expect(names('prd,stage')).toEqual(['prd', 'stage']);
    expect(plan({ env: 'both', deploy: false }, { of })).toMatchObject({ targets: [], excluded: [] });
  });

  it('are complete', async () => {
    const [target] = plan({ env: 'prd' }, { of: await load({ environments: many }) }).targets;
    expect(target).toEqual({
      env: 'prd',
      kind: 'docker',
      service: 'xgen-core',
      site: 'main',
      deployment: 'xgen-core',
      container: 'xgen-core',
      workload: 'deployment',
      namespace: 'xgen',
      health: { port: 8000, path: '/health' },
      timeoutMs: 120_000,
      strategy: 'restart',
      onFailure: 'fail',
      sameAs: null,
      protected: true,
      requireProvenIn: 'dev',
      concurrency: 2,
      repository: { host: 'docker.x2bee.com', path: 'xgen/main/xgen-core' },
      registry: {
        host: 'docker.x2bee.com',
        apiHost: 'docker.x2bee.com',
        pullHost: 'docker.x2bee.com',
        credentialId: 'nexus-credentials',
      },
      movingTag: 'latest-amd64',
      arch: 'amd64',
      docker: { host: 'ssh://deploy@prd', project: 'shop', publish: '127.0.0.1:18000' },
      kubernetes: { kubeconfig: '', context: null, argocdApp: null },
    });
  });

  it.each([
    ['dev', 120_000, 'warn', 'xgen-dev'],
    ['stage', 30_000, 'rollback', 'other-stage'],
    ['prd', 120_000, 'fail', 'shop'],
  ])('in %s wait %d ms and then %s, as the project %s', async (...[env, timeoutMs, onFailure, project]) => {
    const [target] = plan({ env }, { of: await load({ environments: many }) }).targets;
    expect(target).toMatchObject({ timeoutMs, onFailure, docker: { project } });
  });

  it('wait as long as the service says, where it says so', async () => {
    const services = GOOD.services.replace('port: 8000', 'port: 8000, rollout: {timeout: 5m, onFailure: fail}');
    const [target] = plan({ env: 'stage' }, { of: await load({ environments: many, services }) }).targets;
    expect(target).toMatchObject({ timeoutMs: 300_000, onFailure: 'fail' });
  });

  it('that the configuration leaves out are said to be, with the key that does it', async () => {
    const services = GOOD.services.replace('port: 8000', 'port: 8000, environments: [stage, prd]');
    const of = await load({ environments: many, services });
    const made = plan({ env: 'dev,stage,prd', site: 'aww' }, { of });
    expect(made.targets.map((target) => target.env)).toEqual(['prd']);
    expect(made.excluded).toEqual([
      { env: 'dev', reason: 'services.xgen-core.environments leaves dev out' },
      { env: 'stage', reason: 'environments.stage.sites leaves aww out' },
    ]);
  });

  it('defect 15: carry the tag that is built, so that a deployment is set to it', () => {
    expect(plan({ tag: 'v2' }).targets.map((target) => target.movingTag)).toEqual(['v2-amd64']);
  });

  it('of kinds that do not exist yet are planned, and refused when they are rolled out to', async () => {
    const of = await load({ environments: 'environments: {dev: {target: airgapped}, prd: {target: airgapped}}' });
    const made = plan({ env: 'both' }, { of });
    expect(errorOf(() => requireBuiltTargets(made))).toMatchObject({
      code: 'NOT_BUILT_YET',
      exitCode: 2,
      message: 'this version cannot roll out to dev (airgapped), prd (airgapped)',
      hint: 'use --no-deploy to build and push only, or set environments.dev.target: kubernetes or docker',
    });
    expect(() => requireBuiltTargets(plan({ deploy: false }))).not.toThrow();
    const docker = plan({ env: 'both' }, { of: await load({ environments: many }) });
    expect(() => requireBuiltTargets(docker)).not.toThrow();
  });
});

describe('what is not known', () => {
  it.each([
    [{}, 'xgen-cor', 'UNKNOWN_SERVICE', '"xgen-cor" is not a service of services.yaml', 'did you mean xgen-core? '],
    [{}, 'tostring', 'UNKNOWN_SERVICE', '"tostring" is not a service', 'services.yaml has xgen-frontend, '],
    [{}, 'constructor', 'UNKNOWN_SERVICE', '"constructor" is not a service', 'services.yaml has'],
    [
      { site: 'lottemall' },
      'xgen-core',
      'UNKNOWN_SITE',
      '"lottemall" is not a site of project.yaml',
      'did you mean lotteimall? ',
    ],
    [{ site: 'zzz' }, 'xgen-core', 'UNKNOWN_SITE', '"zzz" is not a site', 'project.yaml has main, lotteimall, aww'],
    [
      { env: 'prod' },
      'xgen-core',
      'UNKNOWN_ENVIRONMENT',
      '"prod" is not an environment of environments.yaml',
      'did you mean prd? ',
    ],
    [
      { env: 'prod', deploy: false },
      'xgen-core',
      'UNKNOWN_ENVIRONMENT',
      '"prod" is not',
      'environments.yaml has dev, prd',
    ],
  ])('is an error with what was meant: %j %s', (...[flags, service, code, message, hint]) => {
    expect(errorOf(() => plan(flags, { service }))).toMatchObject({
      code,
      exitCode: 2,
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });

  it.each(['--upload-pack=x', '../x', 'a b', '$(x)'])('comes after names: the site %j is refused first', (site) => {
    const { parameters } = resolveParameters({ service: 'nobody', flags: {}, environment: {} });
    const work = (): unknown =>
      planBuild({ configuration: example, service: 'nobody', parameters: { ...parameters, site } });
    expect(errorOf(work).code).toBe('NAME_REFUSED');
  });
});
