import './jitless.ts';
import { EnvironmentsFile } from './schema-environments.ts';
import { ProjectFile } from './schema-project.ts';
import { ServicesFile } from './schema-services.ts';

/** The schema of each file. */
export const SCHEMAS = { project: ProjectFile, services: ServicesFile, environments: EnvironmentsFile } as const;
