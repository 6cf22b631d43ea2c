import { quote } from '../values/quote.ts';
import type { ConfigFile } from './not-built-yet.ts';
import type { YamlPath, YamlTree } from './yaml-tree.ts';

/** One thing that is wrong in a file, before it is written out with the file's name. */
export interface Fault {
  readonly path: YamlPath;
  /** Where in the file; null where the whole file is meant. */
  readonly offset: number | null;
  readonly message: string;
  /** True where the fault is that the path is not there. */
  readonly isMissing?: boolean;
  /** The key that a misspelt one was meant to be. */
  readonly meant?: YamlPath;
}

export type PlacedFault = Fault & { readonly file: ConfigFile };

/** The trees of the three files; null where a file could not be read as YAML. */
export type Trees = Readonly<Record<ConfigFile, YamlTree | null>>;

/** `services.xgen-core.environments[1]`; a key with other characters than usual is quoted. */
export function formatPath(path: YamlPath): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      const key = /^[\p{L}\p{N}_.-]+$/u.test(step) && step.length <= 80 ? step : quote(step);
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}

/** `config/services.yaml:12:5 services.xgen-core.dokerfile: unknown key` */
export function formatFault(
  file: string,
  fault: Fault,
  positionOf: (offset: number) => { readonly line: number; readonly column: number },
): string {
  const place = fault.offset === null ? null : positionOf(fault.offset);
  const where = place === null ? file : `${file}:${place.line}:${place.column}`;
  const path = formatPath(fault.path);
  return path === '' ? `${where}: ${fault.message}` : `${where} ${path}: ${fault.message}`;
}
