import { pathToFileURL } from 'node:url';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedFiles, staleFiles, writeFiles } from '../../src/config/generated-files.ts';
import { jsonSchemaOf, type JsonSchema } from '../../src/config/json-schema.ts';
import { CONFIG_FILES } from '../../src/config/not-built-yet.ts';
import { referencePage, referenceRows } from '../../src/config/reference-page.ts';
import { PROJECT_ROOT } from './infra-root.ts';

describe('generated files', () => {
  it('are checked in as the schemas say (else: node scripts/generate-schemas.ts)', async () => {
    expect(await staleFiles(pathToFileURL(`${PROJECT_ROOT}/`), generatedFiles())).toEqual([]);
  });

  it('are known to be stale when they are missing, and not when they were just written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'xgen-generated-'));
    const root = pathToFileURL(`${folder}/`);
    const files = { 'config/schema/a.json': '{}\n', 'docs/b.md': '# b\n' };
    expect(await staleFiles(root, files)).toEqual(['config/schema/a.json', 'docs/b.md']);
    await writeFiles(root, files);
    expect(await staleFiles(root, { ...files, 'docs/b.md': 'other' })).toEqual(['docs/b.md']);
    await rm(folder, { recursive: true });
  });
});

describe('the JSON Schemas', () => {
  it('refuse unknown keys, and do not offer what is not built yet', () => {
    const schema = jsonSchemaOf('services');
    const service = schema.properties?.['services']?.additionalProperties;
    expect(schema.additionalProperties).toBe(false);
    expect(service).toMatchObject({
      additionalProperties: false,
      required: ['repo', 'dockerfile', 'port', 'healthCheck'],
      properties: { port: { type: 'integer', minimum: 1, maximum: 65_535 } },
    });
    expect(service).toHaveProperty('properties.workload');
    expect(jsonSchemaOf('project')).not.toHaveProperty('properties.notifications');
    expect(jsonSchemaOf('environments')).toHaveProperty(
      'properties.environments.additionalProperties.properties.rollout.properties.strategy',
    );
  });

  it('have patterns that editors can compile', () => {
    const patterns = (schema: JsonSchema | boolean | undefined): string[] =>
      typeof schema !== 'object'
        ? []
        : [
            ...(schema.pattern === undefined ? [] : [schema.pattern]),
            ...Object.values(schema.properties ?? {}).flatMap(patterns),
            ...patterns(schema.additionalProperties),
            ...patterns(schema.items),
          ];
    const all = CONFIG_FILES.flatMap((file) => patterns(jsonSchemaOf(file)));
    expect(all.length).toBeGreaterThan(20);
    for (const pattern of all) expect(() => new RegExp(pattern, 'u')).not.toThrow();
  });
});

describe('the reference page', () => {
  it('says of every key what it means, and of every key that is not required its default', () => {
    const rows = CONFIG_FILES.flatMap((file) => referenceRows(file));
    expect(rows.filter((row) => row.meaning === '')).toEqual([]);
    expect(rows.filter((row) => row.type !== 'mapping' && row.default === '')).toEqual([]);
  });

  it('has a table per file', () => {
    const page = referencePage();
    for (const file of CONFIG_FILES) expect(page).toContain(`## ${file}.yaml`);
    expect(page).toContain('| `registry.local.includeSite` | `true`, `false` | `false` |');
    expect(page).toContain('| `services.*.branch` | text | the site |');
  });
});
