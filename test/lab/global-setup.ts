import type { TestProject } from 'vitest/node';
import { startLab } from './lab.ts';

/** One lab for all tests of the project. Resolves to what ends it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const lab = await startLab();
  const interrupt = (): void => {
    // vitest ends at once when it is interrupted twice; the lab's processes are in sessions of their own and would stay.
    void lab.close();
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  project.provide('lab', lab.description);
  return async () => {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await lab.close();
  };
}
