import type { TestProject } from 'vitest/node';
import { startLab } from './lab.ts';

/** One lab for all tests of the project. Resolves to what ends it; where vitest is killed, the lab's reaper does. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const lab = await startLab();
  project.provide('lab', lab.description);
  return () => lab.close();
}
