import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'rolldown/parseAst';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Which folders of `src` a folder may import from, besides itself. `main.ts` and `composition` are the entry; `errors` and
 * `values` are the ground together.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: ['values'],
  values: ['errors'],
  healing: ['values', 'errors'],
  ports: ['values', 'errors'],
  config: ['ports', 'values', 'errors'],
  plan: ['config', 'ports', 'values', 'errors'],
  pipeline: ['plan', 'ports', 'healing', 'values', 'errors'],
  report: ['plan', 'ports', 'healing', 'values', 'errors'],
  commands: ['pipeline', 'report', 'plan', 'config', 'ports', 'healing', 'values', 'errors'],
  cli: ['commands', 'report', 'plan', 'config', 'ports', 'values', 'errors'],
  adapters: ['ports', 'healing', 'values', 'errors'],
  composition: [
    'cli',
    'commands',
    'pipeline',
    'report',
    'plan',
    'config',
    'ports',
    'healing',
    'values',
    'errors',
    'adapters',
  ],
  'main.ts': ['composition', 'cli', 'errors', 'values'],
};

interface Module {
  /** `src/plan/build-plan.ts` */
  readonly path: string;
  readonly text: string;
  readonly program: Node;
  /** Modules of this project that it imports, as paths like `path`. */
  readonly imports: readonly string[];
}

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

const modules = readModules('src');

function readModules(folder: string): Module[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = posix.join(folder, name);
      const text = readFileSync(join(ROOT, path), 'utf8');
      const program = parseAst(text, { lang: 'ts' }) as unknown as Node;
      return { path, text, program, imports: importsOf(path, program) };
    });
}

function importsOf(path: string, program: Node): string[] {
  const found: string[] = [];
  walk(program, (node) => {
    const isImport = /^(Import(Declaration|Expression)|Export(Named|All)Declaration)$/.test(node.type);
    const source = isImport ? (node['source'] as Node | null | undefined) : null;
    const specifier = source?.['value'];
    if (typeof specifier === 'string' && specifier.startsWith('.'))
      found.push(posix.join(posix.dirname(path), specifier));
  });
  return found;
}

function walk(node: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(node)) for (const child of node) walk(child, visit);
  else if (typeof node === 'object' && node !== null) {
    if ('type' in node && typeof node.type === 'string') visit(node as Node);
    for (const child of Object.values(node)) walk(child, visit);
  }
}

/** True for `object.name`, also where it is written `object['name']`. */
function isMember(node: Node, object: string, name: string): boolean {
  const of = node['object'] as Node | undefined;
  const property = node['property'] as Node | undefined;
  const isNamed = property?.['name'] === name || property?.['value'] === name;
  return node.type === 'MemberExpression' && of?.['name'] === object && isNamed;
}

function layerOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** Places where a module touches `process.NAME`, as paths. */
function modulesThatTouch(name: string): string[] {
  return modules
    .filter((module) => {
      let touches = false;
      walk(module.program, (node) => {
        if (isMember(node, 'process', name)) touches = true;
      });
      return touches;
    })
    .map((module) => module.path);
}

function isEntry(path: string): boolean {
  return path === 'src/main.ts' || path.startsWith('src/composition/');
}

describe('structure', () => {
  it('knows every folder of src', () => {
    const unknown = modules.map((module) => layerOf(module.path)).filter((layer) => MAY_IMPORT[layer] === undefined);
    expect([...new Set(unknown)]).toEqual([]);
  });

  it('imports one way only', () => {
    const wrong = modules.flatMap((module) => {
      const layer = layerOf(module.path);
      const allowed = [layer, ...(MAY_IMPORT[layer] ?? [])];
      return module.imports
        .filter((path) => path.startsWith('src/') && !allowed.includes(layerOf(path)))
        .map((path) => `${module.path} imports ${path}`);
    });
    expect(wrong).toEqual([]);
  });

  it('imports nothing of tests, scripts or the bundle', () => {
    const wrong = modules.flatMap((module) =>
      module.imports
        .filter((path) => !path.startsWith('src/') && path !== 'package.json')
        .map((path) => `${module.path} imports ${path}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has no cycles', () => {
    expect(findCycle(new Map(modules.map((module) => [module.path, module.imports])))).toBeNull();
  });

  it('reads the environment in the entry alone', () => {
    expect(modulesThatTouch('env').filter((path) => !isEntry(path))).toEqual([]);
  });

  it('ends the process in the entry alone', () => {
    const ending = [...modulesThatTouch('exit'), ...modulesThatTouch('exitCode'), ...modulesThatTouch('abort')];
    expect(ending.filter((path) => !isEntry(path))).toEqual([]);
  });

  it('exports by name', () => {
    const wrong = modules.filter((module) => {
      let hasDefault = false;
      walk(module.program, (node) => {
        if (node.type === 'ExportDefaultDeclaration') hasDefault = true;
      });
      return hasDefault;
    });
    expect(wrong.map((module) => module.path)).toEqual([]);
  });

  it('names files after what they hold, in kebab-case', () => {
    const wrong = [...modules, ...readModules('test')]
      .map((module) => module.path)
      .filter((path) => {
        const words = `${dirname(path)}/${basename(path, '.ts')}`.split('/').slice(1);
        const isKebab = words.every((word) => /^\.?[a-z0-9]+([-.][a-z0-9]+)*$/.test(word) || word === '');
        return !isKebab || /(^|[-/])(utils?|helpers|managers?)[./]/.test(path);
      });
    expect(wrong).toEqual([]);
  });

  it('keeps every test running', () => {
    const wrong = readModules('test').filter((module) => {
      let isOff = false;
      walk(module.program, (node) => {
        for (const suite of ['it', 'test', 'describe'])
          for (const way of ['skip', 'todo', 'only', 'skipIf', 'runIf']) if (isMember(node, suite, way)) isOff = true;
        if (isMember(node, 'vi', 'mock')) isOff = true;
      });
      return isOff;
    });
    expect(wrong.map((module) => module.path)).toEqual([]);
  });
});

/** The first cycle as the paths along it; types count too, since they tie modules together all the same. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const search = (path: string, trail: readonly string[]): string[] | null => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return null;
    for (const next of graph.get(path) ?? []) {
      const cycle = search(next, [...trail, path]);
      if (cycle !== null) return cycle;
    }
    done.add(path);
    return null;
  };
  for (const path of graph.keys()) {
    const cycle = search(path, []);
    if (cycle !== null) return cycle;
  }
  return null;
}
