import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { jsonSchemaOf } from './json-schema.ts';
import { CONFIG_FILES } from './not-built-yet.ts';
import { referencePage } from './reference-page.ts';

/** Content by path, relative to the project's root. */
export type GeneratedFiles = Readonly<Record<string, string>>;

/** What is generated from the schemas and checked in: a JSON Schema per file, and the reference page. */
export function generatedFiles(): GeneratedFiles {
  const schemas = CONFIG_FILES.map((file) => [
    `config/schema/${file}.schema.json`,
    `${JSON.stringify(jsonSchemaOf(file), null, 2)}\n`,
  ]);
  return { ...Object.fromEntries(schemas), 'docs/configuration.md': referencePage() };
}

/** Paths whose file is missing or has another content. */
export async function staleFiles(root: URL, files: GeneratedFiles): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, content] of Object.entries(files)) {
    const present = await readFile(new URL(path, root), 'utf8').catch(() => null);
    if (present !== content) stale.push(path);
  }
  return stale;
}

export async function writeFiles(root: URL, files: GeneratedFiles): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = new URL(path, root);
    await mkdir(new URL('.', file), { recursive: true });
    await writeFile(file, content);
  }
}
