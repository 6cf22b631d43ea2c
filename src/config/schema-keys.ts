import { z } from 'zod';
import type { YamlPath } from './yaml-tree.ts';

/** The keys that a schema knows at a path; empty where any name may stand. */
export function keysAt(schema: z.ZodType, path: YamlPath): string[] {
  let current: unknown = unwrap(schema);
  for (const step of path) current = unwrap(stepInto(current, step));
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}

function stepInto(schema: unknown, step: string | number): unknown {
  if (schema instanceof z.ZodObject) return Object.hasOwn(schema.shape, step) ? schema.shape[step] : undefined;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

function unwrap(schema: unknown): unknown {
  let current = schema;
  while (current instanceof z.ZodOptional || current instanceof z.ZodDefault || current instanceof z.ZodPrefault) {
    current = current.unwrap();
  }
  return current;
}
