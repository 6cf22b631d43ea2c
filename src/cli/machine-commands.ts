import type { CommandName } from './invocation.ts';
import { RBAC_OPTIONS, SITE_OPTION, type addOptions } from './options.ts';

export interface CommandSpec {
  readonly name: CommandName;
  readonly syntax: string;
  readonly text: string;
  readonly options: Parameters<typeof addOptions>[1];
}

/** Commands that prepare a machine, a cluster or a project. */
export const MACHINE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'doctor',
    syntax: 'doctor',
    text: 'what is missing here, each with the command that mends it',
    options: [SITE_OPTION],
  },
  {
    name: 'rbac',
    syntax: 'rbac',
    text: 'the least Kubernetes rights, as a manifest',
    options: RBAC_OPTIONS,
  },
  {
    name: 'init',
    syntax: 'init [folder]',
    text: 'the three files and a Dockerfile for a service, after a look at its repository',
    options: [],
  },
];
