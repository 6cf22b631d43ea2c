import { doctor } from '../commands/doctor.ts';
import type { CommandOutcome } from '../commands/outcome.ts';
import { doctorExaminations } from '../commands/doctor-examinations.ts';
import { gitVersion } from '../adapters/git/git-version.ts';
import { readConfiguration, type Desk } from './desk.ts';

/** Details fold; beyond this they are hard to read, and hints to paste stay whole in any case. */
const WIDEST = 80;

export async function runDoctorCommand(desk: Desk): Promise<CommandOutcome> {
  const { surroundings, signal } = desk;
  const { ports } = await desk.compose();
  const { flags } = desk.invocation;
  const site = typeof flags['site'] === 'string' ? flags['site'] : (surroundings.environment['XGEN_SITE'] ?? null);
  const { cacheDir, stateDir, environment } = surroundings;
  const examinations = await doctorExaminations({
    ports,
    folders: { cacheDir, stateDir },
    site,
    readConfiguration: () => readConfiguration(desk),
    gitVersion: (limit) => gitVersion(environment, limit),
    nodeVersion: process.versions.node,
  });
  return doctor(examinations, signal, Math.min(desk.width, WIDEST));
}
