import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'rolldown';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUTPUT = join(ROOT, 'dist');

/**
 * Bundles the program with its dependencies into `dist/main.js` and chunks that are loaded when they are needed.
 * `--clean` leaves nothing of earlier bundles. `--if-possible` does without where development packages were not installed: the launcher then runs the source.
 */
export async function build(): Promise<void> {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input: { main: join(ROOT, 'src', 'main.ts') },
    cwd: ROOT,
    platform: 'node',
    // Native parts of ssh2, which does without them; a bundle cannot hold them.
    external: ['cpu-features', /sshcrypto\.node$/],
    plugins: [loadSshLazily(), importNodeLightly(), loadKubeconfigLightly()],
  });
  const { output } = await bundle.write({
    dir: OUTPUT,
    format: 'esm',
    entryFileNames: '[name].new.js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    minify: 'dce-only',
    codeSplitting: { groups: [...GROUPS] },
  });
  await bundle.close();
  // Last and at once: a process that starts now finds either the old program or the new one, whole.
  renameSync(join(OUTPUT, 'main.new.js'), join(OUTPUT, 'main.js'));
  removeOldChunks(new Set(output.map((chunk) => chunk.fileName)));
}

/**
 * Parts that the main job loads in one go, with what they import: each file more costs it a third of a millisecond, and
 * there were a hundred. First what it takes to ask the git server; the rest is loaded while that answers.
 */
const GROUPS = [
  {
    name: 'first',
    test: /[\\/]src[\\/](?:composition[\\/](?:run|job-commands|compose|desk)|cli[\\/]program|config[\\/](?:read-kept|check-paths)|plan[\\/](?:parameters|plan-build|require-built-targets)|adapters[\\/](?:credentials[\\/](?:create-credentials|run-helper)|git[\\/](?!ask-credential)[\w-]+))\.ts$/,
    priority: 2,
  },
  {
    name: 'build',
    test: /[\\/]src[\\/](?:pipeline[\\/](?:run-build|looks|wanted-image)|report[\\/](?:create-reporter|report-text|exit-code)|adapters[\\/](?:buildkit[\\/]create-builder|registry[\\/]create-registries|secrets[\\/]read-secret|upkeep[\\/]create-upkeep|engine[\\/]open-engine|store-sqlite[\\/]open-store))\.ts$/,
    priority: 1,
  },
];

/** True where there is no bundle, or a source file, the lockfile or this script is newer. */
export function isStale(): boolean {
  const program = join(OUTPUT, 'main.js');
  if (!existsSync(program)) return true;
  const builtAt = statSync(program).mtimeMs;
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).map((name) =>
    join('src', name),
  );
  return ['package.json', 'package-lock.json', 'scripts/build.ts', ...sources].some(
    (name) => statSync(join(ROOT, name)).mtimeMs > builtAt,
  );
}

/** docker-modem loads all of ssh2 at its own start; only engines at an ssh address need it. */
function loadSshLazily(): Plugin {
  return {
    name: 'load-ssh-lazily',
    transform(code, id) {
      if (!id.endsWith('/docker-modem/lib/modem.js')) return null;
      const eager = "ssh = require('./ssh')";
      if (!code.includes(eager))
        throw new Error('docker-modem no longer loads ssh2 as this plugin expects: look again');
      return code.replace(eager, "ssh = function () { return require('./ssh').apply(this, arguments); }");
    },
  };
}

/**
 * An `import` of a part of Node reads every export of it, and some are made when they are read: of node:http Node's whole
 * WebSocket client (40 ms of start-up, measured on Node 24), of node:crypto the Web Crypto API, of node:tls every root
 * certificate. Asked for as an object it gives what is used.
 */
function importNodeLightly(): Plugin {
  return {
    name: 'import-node-lightly',
    renderChunk(code) {
      const light = code.replaceAll(NODE_IMPORT, (whole, ...groups) => {
        const { name, names, from } = groups.at(-1) as { name?: string; names?: string; from: string };
        const part = `globalThis.process.getBuiltinModule(${JSON.stringify(from)})`;
        const lines = [
          ...(name === undefined ? [] : [`const ${name} = ${part};`]),
          ...(names === undefined ? [] : [`const {${names.replaceAll(' as ', ': ')}} = ${part};`]),
        ];
        return lines.length === 0 ? whole : lines.join('\n');
      });
      const left = /^import .*"node:.*$/m.exec(light);
      if (left !== null) throw new Error(`an import of Node in another form than expected: ${left[0]}`);
      return light;
    },
  };
}

/** `import tls, { connect as c } from "node:tls";`, as rolldown writes it at the beginning of a chunk. */
const NODE_IMPORT = /^import (?:(?<name>[\w$]+)(?:,)? )?(?:\{(?<names>[^}]*)\} )?from "(?<from>node:[\w/]+)";$/gm;

const UNUSED_BY_KUBECONFIG = {
  undici: ['Agent', 'ProxyAgent'],
  './gen/index.js': ['createConfiguration', 'ServerConfiguration'],
  './middleware.js': ['setHeaderMiddleware'],
};

/**
 * Of the Kubernetes client its reading of kubeconfig files is used. The same module brings the generated models of every
 * API and an HTTP client along, which the methods that are used never touch: 400 KB instead of 2.6 MB, and 50 ms of
 * loading instead of 700 (measured on Node 24).
 */
function loadKubeconfigLightly(): Plugin {
  const light = '\0unused-by-kubeconfig:';
  return {
    name: 'load-kubeconfig-lightly',
    resolveId: (specifier, importer) =>
      importer?.endsWith('/@kubernetes/client-node/dist/config.js') === true && specifier in UNUSED_BY_KUBECONFIG
        ? `${light}${specifier}`
        : null,
    load(id) {
      const names = Object.entries(UNUSED_BY_KUBECONFIG).find(([specifier]) => id === `${light}${specifier}`)?.[1];
      return names?.map((name) => `export const ${name} = undefined;`).join('\n') ?? null;
    },
  };
}

/** Processes that run on the bundle before still load chunks of it: those of the last hour stay, but in a package. */
function removeOldChunks(current: ReadonlySet<string>): void {
  const keptMs = process.argv.includes('--clean') ? 0 : 3_600_000;
  const folder = join(OUTPUT, 'chunks');
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const file = join(folder, name);
    if (!current.has(`chunks/${name}`) && Date.now() - statSync(file).mtimeMs >= keptMs) rmSync(file);
  }
}

if (import.meta.main) {
  await build().catch((error: unknown) => {
    if (!process.argv.includes('--if-possible')) throw error;
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    process.stderr.write(`Not bundled (${why}): xgen-build runs from its source.\n`);
  });
}
