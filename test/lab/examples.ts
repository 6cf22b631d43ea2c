import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InfraContent } from './infra-content.ts';
import type { InfraChanges } from './infra.ts';
import { caBundle, mirrorArguments } from './package-mirrors.ts';
import type { FileContent } from './repositories.ts';
import { SERVICES } from './services.ts';
import type { StandIns } from './stand-ins/stand-ins.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The example services, each of a kind of its own. */
export const EXAMPLES = ['xgen-core', 'xgen-backend-gateway', 'xgen-frontend', 'xgen-mcp-station'] as const;
export type ExampleName = (typeof EXAMPLES)[number];

/** The services of `examples/`, built by the Dockerfiles of `dockerfiles/`. */
export function exampleContent(): InfraContent {
  return {
    services: Object.fromEntries(EXAMPLES.map((name) => [name, SERVICES[name]])),
    sourceOf: (service) => filesBelow(join(ROOT, 'examples', service)),
    files: Object.fromEntries(
      Object.entries(filesBelow(join(ROOT, 'dockerfiles'))).map(([path, content]) => [`dockerfiles/${path}`, content]),
    ),
  };
}

/** An infra of the example services with the packages that this machine reaches; null: on public base images. */
export function exampleInfra(bases: StandIns | null): InfraChanges {
  const ca = caBundle();
  const images =
    bases === null
      ? {}
      : {
          PYTHON_IMAGE: bases.python,
          NODE_IMAGE: bases.node,
          RUST_IMAGE: bases.rust,
          RUNTIME_IMAGE: bases.debian,
        };
  return {
    content: exampleContent(),
    project: {
      build: {
        args: {
          BASE_IMAGE: undefined,
          ...images,
          // None of the examples compiles anything.
          BUILD_PACKAGES: '',
          ...mirrorArguments(),
        },
        secrets: ca === null ? [] : [{ id: 'ca', file: ca }],
      },
    },
    environments: { environments: { dev: { rollout: { timeout: '60s' } }, prd: { rollout: { timeout: '60s' } } } },
  };
}

const OUTPUT = new Set(['node_modules', 'target', '.next', '.venv', '__pycache__', '.pytest_cache']);

/** Every file, but not what a run of the example left behind. */
export function filesBelow(folder: string): Record<string, FileContent> {
  const files: Record<string, FileContent> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(folder, file);
    if (!entry.isFile() || path.split('/').some((part) => OUTPUT.has(part))) continue;
    const content = readFileSync(file, 'utf8');
    files[path] = (statSync(file).mode & 0o111) === 0 ? content : { program: content };
  }
  return files;
}
