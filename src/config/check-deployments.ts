import type { PlacedFault, Trees } from './fault.ts';
import { select, textAt, type Selected, type YamlTree } from './yaml-tree.ts';

/** Two services that would overwrite one another: one deployment name or one host port in the same environment. */
export function checkDeployments({ services, environments }: Trees): PlacedFault[] {
  return [...sharedDeployments(services), ...sharedPorts(environments)];
}

function sharedDeployments(tree: YamlTree | null): PlacedFault[] {
  const services = select(tree, ['services', '*']).map((found) => ({
    found,
    name: String(found.path[1]),
    deployment: textAt(tree, [...found.path, 'deployment']) ?? String(found.path[1]),
    environments: environmentsOf(found),
  }));
  return services.flatMap((service, index) => {
    const other = services
      .slice(0, index)
      .find(
        (earlier) =>
          earlier.deployment === service.deployment && haveCommon(earlier.environments, service.environments),
      );
    if (other === undefined) return [];
    const message = `the deployment "${service.deployment}" is that of ${other.name} too, in the same environment`;
    const [key] = select(tree, [...service.found.path.map(String), 'deployment']);
    const { path, keyOffset } = key ?? service.found;
    return [{ file: 'services' as const, path, offset: keyOffset, message }];
  });
}

/** Null: all. */
function environmentsOf(service: Selected): readonly string[] | null {
  const [list] = select(service.node, ['environments']);
  if (list === undefined || list.node.kind !== 'list') return null;
  return list.node.items.flatMap((item) => (item.kind === 'scalar' ? [String(item.value)] : []));
}

function haveCommon(a: readonly string[] | null, b: readonly string[] | null): boolean {
  return a === null || b === null || a.some((environment) => b.includes(environment));
}

function sharedPorts(tree: YamlTree | null): PlacedFault[] {
  return select(tree, ['environments', '*', 'docker', 'publish']).flatMap((publish) => {
    const ports = select(publish.node, ['*']).map((found) => ({
      found: { ...found, path: [...publish.path, ...found.path] },
      address: found.node.kind === 'scalar' ? String(found.node.value) : '',
    }));
    return ports.flatMap(({ found, address }, index) => {
      const other = ports.slice(0, index).find((earlier) => earlier.address === address);
      if (other === undefined) return [];
      const message = `${address} is the port of ${String(other.found.path.at(-1))} too`;
      return [{ file: 'environments' as const, path: found.path, offset: found.keyOffset, message }];
    });
  });
}
