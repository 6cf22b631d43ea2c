import type { TestProject } from 'vitest/node';
import { startLab } from './lab.ts';

/** A lab whose containers reach packages, with base images for the example services. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const lab = await startLab({ network: true, standIns: true });
  project.provide('lab', lab.description);
  return () => lab.close();
}
