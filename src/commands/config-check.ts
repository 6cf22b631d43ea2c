import { basename } from 'node:path';
import { checkPaths } from '../config/check-paths.ts';
import type { Configuration } from '../config/configuration.ts';
import { loadConfiguration } from '../config/load.ts';
import { UsageError } from '../errors/xgen-error.ts';
import { configurationWarnings } from '../plan/configuration-warnings.ts';
import type { CommandOutcome } from './outcome.ts';

/**
 * Says whether the three files can be used: a line per file, then warnings; or a line per fault and exit code 2.
 * Faults are the command's result, so they go to standard output.
 */
export async function configCheck({ configDir }: { readonly configDir: string }): Promise<CommandOutcome> {
  try {
    const configuration = await loadConfiguration(configDir);
    await checkPaths(configuration);
    return passed(configuration);
  } catch (error) {
    if (error instanceof UsageError) return failed(error);
    throw error;
  }
}

function passed(configuration: Configuration): CommandOutcome {
  const folder = basename(configuration.configDir);
  const warnings = configurationWarnings(configuration);
  const files = summaries(configuration).map(({ file, summary }) => ({ file: `${folder}/${file}`, summary }));
  const width = Math.max(...files.map(({ file }) => file.length));
  const lines = [
    ...files.map(({ file, summary }) => `ok       ${file.padEnd(width)}  ${summary}`),
    ...warnings.map((warning) => `warning  ${warning}`),
  ];
  return {
    exitCode: 0,
    text: `${lines.join('\n')}\n`,
    json: { schemaVersion: 1, status: 'ok', files, warnings, error: null },
  };
}

function failed(error: UsageError): CommandOutcome {
  const { code, message, hint, evidence, exitCode } = error;
  const faults = evidence.length === 0 ? [message] : evidence;
  // A fault's line begins with file, line and column, so that editors and terminals can jump to it.
  const lines = hint === null ? faults : [...faults, `→ ${hint}`];
  return {
    exitCode,
    text: `${lines.join('\n')}\n`,
    json: {
      schemaVersion: 1,
      status: 'failed',
      files: [],
      warnings: [],
      error: { code, message, stage: null, hint, evidence },
    },
  };
}

function summaries(configuration: Configuration): { file: string; summary: string }[] {
  const { sites, siteRegistries, services, environments, forge } = configuration;
  const own = Object.keys(siteRegistries).length;
  const registries = own === 0 ? '' : `, ${own} with a registry of their own`;
  const targets = Object.values(environments).map(({ name, target }) => `${name} (${target})`);
  const dockerfiles = new Set(Object.values(services).map((service) => service.dockerfile)).size;
  return [
    { file: 'project.yaml', summary: `${count(sites.length, 'site')}${registries}; sources from ${forge.url}` },
    {
      file: 'services.yaml',
      summary: `${count(Object.keys(services).length, 'service')}, ${count(dockerfiles, 'Dockerfile')}`,
    },
    { file: 'environments.yaml', summary: `${count(targets.length, 'environment')}: ${targets.join(', ')}` },
  ];
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
