import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { rbac, type RbacOptions } from '../../src/commands/rbac.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { GOOD, makeInfraRoot } from '../config/infra-root.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly { resources: string[]; verbs: string[]; resourceNames?: string[] }[];
}

const ENVIRONMENTS = `environments:
  dev: {}
  prd: {namespace: prd, bySite: {aww: {namespace: aww}}}
  box: {target: docker}
`;

async function printed(options: Partial<RbacOptions> = {}, services = GOOD.services) {
  const { configDir } = await makeInfraRoot({ environments: ENVIRONMENTS, services });
  const configuration = await loadConfiguration(configDir);
  const { text } = rbac({ configuration, env: null, site: null, isClusterWide: false, isWhole: false, ...options });
  const manifests = parseAllDocuments(text).flatMap((document) => (document.toJS() as Manifest | null) ?? []);
  const named = manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`.trim());
  return { text, manifests, named, roles: manifests.filter(({ rules }) => rules !== undefined) };
}

describe('rbac', () => {
  it('prints the least in each namespace, and one account', async () => {
    const { named, roles } = await printed();
    expect(named).toStrictEqual([
      'ServiceAccount xgen',
      ...['xgen', 'prd', 'aww'].flatMap((namespace) => [`Role ${namespace}`, `RoleBinding ${namespace}`]),
    ]);
    expect(roles[0]?.rules).toStrictEqual([
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'watch', 'patch'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
    ]);
  });

  it('names what is optional with what it serves, and adds it where that is asked for', async () => {
    const least = await printed({ env: ['dev'] });
    expect(least.text).toContain('get pods/log: the last lines of a container that failed');
    const whole = await printed({ env: ['dev'], isWhole: true });
    expect(whole.roles[0]?.rules?.map(({ resources }) => resources[0])).toStrictEqual([
      'deployments',
      'pods',
      'pods/log',
      'events',
      'namespaces',
      'leases',
    ]);
    expect(
      whole.roles[0]?.rules?.find(({ resources }) => resources.includes('namespaces'))?.resourceNames,
    ).toStrictEqual(['xgen']);
  });

  it('prints a ClusterRole where that is asked for', async () => {
    const { named } = await printed({ isClusterWide: true });
    expect(named).toStrictEqual(['ServiceAccount xgen', 'ClusterRole', 'ClusterRoleBinding']);
  });

  it('knows the kinds of workload that are rolled out', async () => {
    const services = GOOD.services.replace('port: 8000', 'port: 8000, workload: statefulset');
    const { roles } = await printed({ env: ['dev'] }, services);
    expect(roles[0]?.rules?.map(({ resources }) => resources[0])).toContain('statefulsets');
  });

  it('has nothing to say where no environment is a cluster', async () => {
    await expect(printed({ env: ['box'] })).rejects.toMatchObject({ code: 'USAGE' });
  });
});
