import { basename, resolve } from 'node:path';
import { UsageError } from '../errors/xgen-error.ts';
import { completeConfiguration } from './complete.ts';
import type { Configuration } from './configuration.ts';
import { crossCheck } from './cross-check.ts';
import { describeIssue } from './describe-issue.ts';
import { formatFault, formatPath, type PlacedFault } from './fault.ts';
import { CONFIG_FILES, type ConfigFile } from './not-built-yet.ts';
import { readFiles, type FileReading, type ReadFile } from './read-files.ts';
import { SCHEMAS } from './schemas.ts';
import { tidyFaults } from './tidy-faults.ts';
import { toData } from './yaml-tree.ts';

/**
 * Reads and checks the three files of a folder. Throws a UsageError with every fault of all of them as evidence, one
 * line each (`config/services.yaml:12:5 services.xgen-core.dokerfile: unknown key, …`): CONFIG_MISSING where a file is
 * not there, else CONFIG_INVALID. What is on the disk beside them is looked at by `checkPaths`.
 */
export async function loadConfiguration(configDir: string, read?: ReadFile): Promise<Configuration> {
  const folder = resolve(configDir);
  const readings = await readFiles(folder, read);
  const project = validate('project', readings.project, SCHEMAS.project);
  const services = validate('services', readings.services, SCHEMAS.services);
  const environments = validate('environments', readings.environments, SCHEMAS.environments);
  const trees = {
    project: readings.project.tree,
    services: readings.services.tree,
    environments: readings.environments.tree,
  };
  const faults = [...project.faults, ...services.faults, ...environments.faults, ...crossCheck(trees)];
  if (faults.length > 0) throw invalid(folder, readings, faults);
  if (project.data === null || services.data === null || environments.data === null) {
    throw new TypeError('a file without faults has data');
  }
  return completeConfiguration(folder, {
    project: project.data,
    services: services.data,
    environments: environments.data,
  });
}

type Schema = (typeof SCHEMAS)[ConfigFile];

interface Validation<T> {
  readonly data: T | null;
  readonly faults: readonly PlacedFault[];
}

function validate<S extends Schema>(
  file: ConfigFile,
  reading: FileReading,
  schema: S,
): Validation<ReturnType<S['parse']>> {
  const faults = reading.faults.map((fault) => ({ ...fault, file }));
  const { tree } = reading;
  if (tree === null) return { data: null, faults };
  const data = toData(tree);
  const result = schema.safeParse(data);
  if (result.success) return { data: result.data as ReturnType<S['parse']>, faults };
  // What could not be read is a gap in the data: checking it would only say the same again in other words.
  const gaps = new Set(faults.map((fault) => formatPath(fault.path)));
  const issues = result.error.issues
    .flatMap((issue) => describeIssue(issue, { schema, tree, data }))
    .filter((fault) => !gaps.has(formatPath(fault.path)))
    .map((fault) => ({ ...fault, file }));
  return { data: null, faults: [...faults, ...issues] };
}

function invalid(folder: string, readings: Readings, faults: readonly PlacedFault[]): UsageError {
  const name = basename(folder);
  const lines = tidyFaults(faults).map((fault) =>
    formatFault(`${name}/${fault.file}.yaml`, fault, readings[fault.file].positionOf),
  );
  const isMissing = CONFIG_FILES.some((file) => readings[file].status === 'missing');
  const count = lines.length === 1 ? 'one fault' : `${lines.length} faults`;
  return new UsageError({
    code: isMissing ? 'CONFIG_MISSING' : 'CONFIG_INVALID',
    message: `the configuration in ${folder} has ${count}`,
    hint: isMissing
      ? 'name the folder of the three files with --config DIR or XGEN_CONFIG_DIR'
      : 'mend these lines; xgen-build config check looks again',
    evidence: lines,
  });
}

type Readings = Readonly<Record<ConfigFile, FileReading>>;
