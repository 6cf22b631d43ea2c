import type { BuildResult } from '../ports/result.ts';

/** The result as the one JSON document of `--output json`, described by `docs/result.schema.json`. */
export function resultJson(result: BuildResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}
