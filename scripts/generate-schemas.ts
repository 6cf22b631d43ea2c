/*
 * Writes config/schema/*.json and docs/configuration.md from the schemas in src/config.
 * With --check it writes nothing and exits with 1 where a file is not what it would write.
 */
import { generatedFiles, staleFiles, writeFiles } from '../src/config/generated-files.ts';

const root = new URL('..', import.meta.url);
if (process.argv.includes('--check')) {
  const stale = await staleFiles(root, generatedFiles());
  for (const path of stale) process.stderr.write(`${path} is not up to date\n`);
  if (stale.length > 0) {
    process.stderr.write('run: node scripts/generate-schemas.ts\n');
    process.exitCode = 1;
  }
} else {
  await writeFiles(root, generatedFiles());
}
