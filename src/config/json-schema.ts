import { z } from 'zod';
import { KEYS_NOT_BUILT_YET, type ConfigFile } from './not-built-yet.ts';
import { SCHEMAS } from './schemas.ts';

/** The part of JSON Schema (draft 7) that the three schemas use. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Record<string, JsonSchema>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
}

/**
 * The JSON Schema of one file, as editors read it: draft 7, because the YAML language server knows no newer one whole.
 * Keys that this version refuses are not in it.
 */
export function jsonSchemaOf(file: ConfigFile): JsonSchema {
  const generated = z.toJSONSchema(SCHEMAS[file], { io: 'input', target: 'draft-7' }) as JsonSchema;
  const schema = structuredClone({ ...generated, title: `${file}.yaml` });
  for (const { pattern } of KEYS_NOT_BUILT_YET.filter((key) => key.file === file)) removeKey(schema, pattern);
  return schema;
}

function removeKey(schema: JsonSchema, pattern: readonly string[]): void {
  const key = pattern.at(-1);
  let holder: JsonSchema | undefined = schema;
  for (const step of pattern.slice(0, -1)) holder = holder === undefined ? undefined : stepInto(holder, step);
  if (key !== undefined && holder?.properties !== undefined) delete holder.properties[key];
}

function stepInto(schema: JsonSchema, step: string): JsonSchema | undefined {
  if (step !== '*') return schema.properties?.[step];
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : schema.items;
}
