import type { TestProject } from 'vitest/node';
import { startLab } from '../lab.ts';

/** A lab with two clusters for all tests of the project; each test takes a namespace of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const lab = await startLab({ clusters: ['dev', 'prd'] });
  project.provide('lab', lab.description);
  return () => lab.close();
}
