import { describe, expect, it } from 'vitest';
import { configurationWarnings } from '../../src/plan/configuration-warnings.ts';
import { resolveParameters, type ParameterFlags } from '../../src/plan/parameters.ts';
import { planBuild } from '../../src/plan/plan-build.ts';
import { GOOD, load } from '../config/infra-root.ts';

async function warned(environments: string, flags: ParameterFlags = {}, services = GOOD.services): Promise<string[]> {
  const configuration = await load({ environments, services });
  const { service, parameters } = resolveParameters({ service: 'xgen-core', flags, environment: {} });
  return planBuild({ configuration, service, parameters }).warnings.map((warning) => warning.split(' ')[0] ?? '');
}

const TWO = 'environments: {dev: {}, prd: {server: {kubeconfig: /etc/prd}}}';

describe('defect 13: environments that follow the same moving tag', () => {
  it.each([
    ['a build for dev warns of prd', TWO, {}, ['prd']],
    ['a build for both warns of the later one', TWO, { env: 'both' }, ['prd']],
    ['a build for prd warns of dev', TWO, { env: 'prd' }, ['dev']],
    ['a build for nobody warns of both', TWO, { deploy: false }, ['dev', 'prd']],
    ['docker targets run by digest', 'environments: {dev: {target: docker}, prd: {target: docker}}', {}, []],
    ['docker builds move the tag of a cluster', 'environments: {dev: {target: docker}, prd: {}}', {}, ['prd']],
    ['the same place is not another one', 'environments: {dev: {}, prd: {sameAs: dev}}', {}, []],
    ['other sites are not touched', 'environments: {dev: {}, prd: {sites: [aww]}}', {}, []],
    ['this site is', 'environments: {dev: {}, prd: {sites: [aww]}}', { site: 'aww' }, ['prd']],
  ])('%s', async (...[, environments, flags, expected]) => {
    expect(await warned(environments, flags)).toEqual(expected);
  });

  it('leave out those that the service is not deployed to', async () => {
    expect(await warned(TWO, {}, GOOD.services.replace('port: 8000', 'port: 8000, environments: [dev]'))).toEqual([]);
  });

  it('are named in words, with what keeps them apart', async () => {
    const configuration = await load({ environments: TWO });
    const { service, parameters } = resolveParameters({
      service: 'xgen-core',
      flags: { env: 'both' },
      environment: {},
    });
    expect(planBuild({ configuration, service, parameters }).warnings).toEqual([
      'prd follows latest-amd64 too: a pod that is rescheduled there runs this image before it is rolled out there; environments.prd.rollout.strategy: pin cures it',
    ]);
  });

  it('are warned of by the configuration as well', async () => {
    const warnings = configurationWarnings(await load({ environments: TWO }));
    expect(warnings).toEqual([expect.stringMatching(/^prd follows the moving tag that builds for dev push/)]);
  });
});

describe('defect 5: two environments that are one cluster and namespace', () => {
  const samePlace = async (environments: string): Promise<string[]> =>
    configurationWarnings(await load({ environments })).filter((warning) => warning.includes('same place'));

  it.each([
    ['empty kubeconfigs', 'environments: {dev: {}, prd: {}}', true],
    ['the same kubeconfig', 'environments: {dev: {server: {kubeconfig: /k}}, prd: {server: {kubeconfig: /k}}}', true],
    ['other kubeconfigs', TWO, false],
    ['other namespaces', 'environments: {dev: {}, prd: {namespace: prd}}', false],
    ['sameAs', 'environments: {dev: {}, prd: {sameAs: dev}}', false],
    ['sites that do not meet', 'environments: {dev: {sites: [main]}, prd: {sites: [aww]}}', false],
    ['docker projects of their own', 'environments: {dev: {target: docker}, prd: {target: docker}}', false],
    [
      'one docker project',
      'environments: {dev: {target: docker, docker: {project: x}}, prd: {target: docker, docker: {project: x}}}',
      true,
    ],
  ])('with %s', async (_, environments, isWarned) => {
    expect((await samePlace(environments)).length > 0).toBe(isWarned);
  });

  it('are named with what they share and the key that says it is meant so', async () => {
    expect(await samePlace('environments: {dev: {}, prd: {}}')).toEqual([
      'dev and prd are the same place (an empty kubeconfig, namespace xgen): a rollout to both is done once; environments.prd.sameAs: dev says that it is meant so',
    ]);
  });
});

it('warns of build arguments that look like secrets, without their value', async () => {
  const services = GOOD.services.replace(
    'port: 8000',
    'port: 8000, args: {NPM_TOKEN: abcdef, P: "http://u:hunter22@p"}',
  );
  const warnings = configurationWarnings(await load({ services }));
  expect(warnings.map((warning) => warning.split(' ')[0])).toEqual([
    'services.xgen-core.args.NPM_TOKEN',
    'services.xgen-core.args.P',
  ]);
  expect(warnings.join()).not.toMatch(/abcdef|hunter22/);
});
