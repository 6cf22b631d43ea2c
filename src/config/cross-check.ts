import { quote } from '../values/quote.ts';
import { closest, didYouMean } from '../values/suggest.ts';
import { checkDeployments } from './check-deployments.ts';
import type { PlacedFault, Trees } from './fault.ts';
import { KEYS_NOT_BUILT_YET, type ConfigFile } from './not-built-yet.ts';
import { select, textAt, type Selected, type YamlTree } from './yaml-tree.ts';

/**
 * What no single key can tell: names of one file in another, keys that exclude one another, features that do not
 * exist yet. Works on the trees, so that it says all it can although other things are wrong.
 */
export function crossCheck(trees: Trees): PlacedFault[] {
  return [
    ...checkReferences(trees),
    ...checkNotBuiltYet(trees),
    ...checkForge(trees.project),
    ...checkRegistries(trees.project),
    ...checkSelfReferences(trees.environments),
    ...checkDeployments(trees),
  ];
}

type NameKind = 'site' | 'environment' | 'service';

interface Reference {
  readonly file: ConfigFile;
  readonly pattern: readonly string[];
  /** Whether the key or the value is the name. */
  readonly at: 'key' | 'value';
  readonly to: NameKind;
}

const REFERENCES: readonly Reference[] = [
  { file: 'project', pattern: ['siteRegistries', '*'], at: 'key', to: 'site' },
  { file: 'services', pattern: ['services', '*', 'branches', '*'], at: 'key', to: 'site' },
  { file: 'services', pattern: ['services', '*', 'environments', '*'], at: 'value', to: 'environment' },
  { file: 'environments', pattern: ['environments', '*', 'sites', '*'], at: 'value', to: 'site' },
  { file: 'environments', pattern: ['environments', '*', 'bySite', '*'], at: 'key', to: 'site' },
  { file: 'environments', pattern: ['environments', '*', 'sameAs'], at: 'value', to: 'environment' },
  { file: 'environments', pattern: ['environments', '*', 'requireProvenIn'], at: 'value', to: 'environment' },
  { file: 'environments', pattern: ['environments', '*', 'docker', 'publish', '*'], at: 'key', to: 'service' },
];

const ARTICLE: Readonly<Record<NameKind, string>> = { site: 'a', environment: 'an', service: 'a' };
const DEFINED_IN: Readonly<Record<NameKind, ConfigFile>> = {
  site: 'project',
  environment: 'environments',
  service: 'services',
};

function checkReferences(trees: Trees): PlacedFault[] {
  const known = {
    site: definedNames(trees.project, ['sites', '*'], 'value'),
    environment: definedNames(trees.environments, ['environments', '*'], 'key'),
    service: definedNames(trees.services, ['services', '*'], 'key'),
  };
  return REFERENCES.flatMap(({ file, pattern, at, to }) => {
    const names = known[to];
    if (names === null) return [];
    return select(trees[file], pattern).flatMap((found) => {
      const name = nameOf(found, at);
      return name === null || names.includes(name) ? [] : [unknownName({ file, found, at, to }, name, names)];
    });
  });
}

/** The names a file defines; null where the file, or the part that defines them, could not be read. */
function definedNames(tree: YamlTree | null, pattern: readonly string[], at: 'key' | 'value'): string[] | null {
  const holder = select(tree, pattern.slice(0, -1))[0]?.node;
  if (holder === undefined || holder.kind === 'scalar') return null;
  return select(tree, pattern).flatMap((found) => nameOf(found, at) ?? []);
}

function nameOf(found: Selected, at: 'key' | 'value'): string | null {
  if (at === 'key') return String(found.path.at(-1));
  return found.node.kind === 'scalar' && typeof found.node.value === 'string' ? found.node.value : null;
}

function unknownName(
  { file, found, at, to }: { file: ConfigFile; found: Selected; at: 'key' | 'value'; to: NameKind },
  name: string,
  names: readonly string[],
): PlacedFault {
  const list = names.length === 0 ? `; ${DEFINED_IN[to]}.yaml has none` : `; known: ${names.join(', ')}`;
  const hint = closest(name, names) === null ? list : didYouMean(name, names);
  const offset = at === 'key' ? found.keyOffset : found.node.offset;
  return {
    file,
    path: found.path,
    offset,
    message: `${quote(name)} is not ${ARTICLE[to]} ${to} of ${DEFINED_IN[to]}.yaml${hint}`,
  };
}

function checkNotBuiltYet(trees: Trees): PlacedFault[] {
  return KEYS_NOT_BUILT_YET.flatMap(({ file, pattern }) =>
    select(trees[file], pattern).map(({ path, keyOffset }) => ({
      file,
      path,
      offset: keyOffset,
      message: 'not built yet in this version; take the key out',
    })),
  );
}

function checkForge(project: YamlTree | null): PlacedFault[] {
  if (project === null) return [];
  const given = ['gitlab', 'github'].flatMap((kind) => select(project, [kind]));
  const second = given[1];
  if (given.length === 1) return [];
  const message =
    second === undefined ? 'missing; expected gitlab or github' : 'gitlab is given too; expected exactly one of them';
  const place = { path: second?.path ?? ['gitlab'], offset: second?.keyOffset ?? project.offset };
  return [{ file: 'project', ...place, message, isMissing: second === undefined }];
}

function checkRegistries(project: YamlTree | null): PlacedFault[] {
  const [registry] = select(project, ['registry']);
  if (registry?.node.kind !== 'mapping') return [];
  if (registry.node.entries.has('nexus') || registry.node.entries.has('local')) return [];
  return [{ file: 'project', ...placeOf(registry), message: 'expected nexus, local or both' }];
}

/** An environment cannot be the same as itself, nor be proven by itself; and `sameAs` goes one step, not in a chain. */
function checkSelfReferences(environments: YamlTree | null): PlacedFault[] {
  const faults = ['sameAs', 'requireProvenIn'].flatMap((key) =>
    select(environments, ['environments', '*', key])
      .filter(({ path, node }) => node.kind === 'scalar' && node.value === path[1])
      .map((found): PlacedFault => ({ file: 'environments', ...placeOf(found), message: 'names its own environment' })),
  );
  const chains = select(environments, ['environments', '*', 'sameAs'])
    .map((found) => ({ found, other: found.node.kind === 'scalar' ? String(found.node.value) : '' }))
    .filter(
      ({ found, other }) => other !== found.path[1] && textAt(environments, ['environments', other, 'sameAs']) !== null,
    )
    .map(({ found, other }): PlacedFault => {
      const message = `${quote(other)} has a sameAs of its own; name the one that has none`;
      return { file: 'environments', ...placeOf(found), message };
    });
  return [...faults, ...chains];
}

function placeOf(found: Selected): { path: Selected['path']; offset: number } {
  return { path: found.path, offset: found.keyOffset };
}
