import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CommandOutcome } from '../commands/outcome.ts';
import type { Desk } from './desk.ts';

export async function runInitCommand({ invocation, surroundings }: Desk): Promise<CommandOutcome> {
  const { init } = await import('../commands/init.ts');
  const cwd = process.cwd();
  return init({
    repository: resolve(cwd, invocation.args[0] ?? '.'),
    configDir: surroundings.configDir,
    templates: templatesFolder(dirname(fileURLToPath(import.meta.url))),
    cwd,
  });
}

/** `dockerfiles` of the package: the program is a file or chunk of `dist`, or its source. */
function templatesFolder(here: string): string {
  const folder = join(here, 'dockerfiles');
  return existsSync(join(folder, 'xgen-python')) || dirname(here) === here ? folder : templatesFolder(dirname(here));
}
