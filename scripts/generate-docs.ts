/** Writes the pages of `docs/` that are made from code; with `--check`, exits with 1 where one is out of date. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { errorsPage } from '../src/report/errors-page.ts';
import { healingPage } from '../src/report/healing-page.ts';
import { resultSchemaText } from '../src/report/result-schema.ts';

const isCheck = process.argv.includes('--check');
const pages = [
  ['errors.md', errorsPage()],
  ['healing.md', healingPage()],
  ['result.schema.json', resultSchemaText()],
] as const;

for (const [name, text] of pages) {
  const path = fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
  const isCurrent = (await readFile(path, 'utf8').catch(() => null)) === text;
  if (isCurrent) continue;
  if (isCheck) {
    process.stderr.write(`docs/${name} is out of date: node scripts/generate-docs.ts\n`);
    process.exitCode = 1;
  } else {
    await writeFile(path, text);
    process.stderr.write(`wrote docs/${name}\n`);
  }
}
