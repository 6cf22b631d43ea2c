import { inject } from 'vitest';
import type { LabCluster } from './cluster/cluster.ts';
import { attachLab, type Lab, type LabDescription } from './lab.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    lab: LabDescription;
  }
}

/**
 * The lab that the tests of the projects `real` and `cluster` share. Take `freshInfra()` for every test that builds, so
 * that tests run side by side. Tests that stop its engine or registries start a lab of their own instead (`startLab`).
 */
export function useLab(): Lab {
  return attachLab(inject('lab'));
}

/** Both clusters, in tests of the project `cluster`. Take a namespace for every test. */
export function useClusters(): { readonly dev: LabCluster; readonly prd: LabCluster } {
  const { dev, prd } = useLab().clusters;
  if (dev === undefined || prd === undefined)
    throw new Error('this lab has no clusters: the test belongs to the project `cluster`');
  return { dev, prd };
}
