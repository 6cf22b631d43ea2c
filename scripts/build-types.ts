import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUTPUT = join(ROOT, 'dist', 'types');

/** What a script that reads `--output json` or `--progress json` may import: types alone, in the package only. */
const ENTRIES = ['src/ports/result.ts', 'src/ports/events.ts'];

/** Writes the declarations of the entries, and of what they stand on, to `dist/types`. */
export function buildTypes(): void {
  rmSync(OUTPUT, { recursive: true, force: true });
  const options = [
    '--declaration',
    '--emitDeclarationOnly',
    '--noEmit',
    'false',
    '--rootDir',
    'src',
    '--outDir',
    OUTPUT,
  ];
  const { status, stdout } = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '--ignoreConfig', ...COMPILER, ...options, ...ENTRIES],
    { cwd: ROOT, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`the types could not be written:\n${stdout}`);
  for (const name of readdirSync(OUTPUT, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue;
    const file = join(OUTPUT, name);
    // The compiler leaves the names of source files in declarations, and those are not in the package.
    writeFileSync(
      file,
      readFileSync(file, 'utf8')
        .replaceAll(/(from\s+'\.[^']*)\.ts'/g, "$1.js'")
        .replaceAll(/(from\s+"\.[^"]*)\.ts"/g, '$1.js"'),
    );
  }
}

const COMPILER = [
  '--target',
  'es2024',
  '--module',
  'nodenext',
  '--strict',
  '--allowImportingTsExtensions',
  '--skipLibCheck',
];

if (import.meta.main) buildTypes();
