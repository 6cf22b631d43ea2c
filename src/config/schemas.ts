import { config } from 'zod';
import { EnvironmentsFile } from './schema-environments.ts';
import { ProjectFile } from './schema-project.ts';
import { ServicesFile } from './schema-services.ts';

// Compiled checks pay after thousands of parses; a command parses three files.
config({ jitless: true });

/** The schema of each file. */
export const SCHEMAS = { project: ProjectFile, services: ServicesFile, environments: EnvironmentsFile } as const;
