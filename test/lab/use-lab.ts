import { inject } from 'vitest';
import { attachLab, type Lab, type LabDescription } from './lab.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    lab: LabDescription;
  }
}

/**
 * The lab that the tests of the project `real` share. Take `freshInfra()` for every test that builds, so that tests run
 * side by side. Tests that stop its engine or registries start a lab of their own instead (`startLab`).
 */
export function useLab(): Lab {
  return attachLab(inject('lab'));
}
