import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**'],
          testTimeout: 15_000,
          // Modules hold no state, so files can share them: a third of the time.
          pool: 'threads',
          isolate: false,
          // By default one processor is left free: of two that is half.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          exclude: ['test/real/kubernetes/**', 'test/real/dockerfiles/**'],
          globalSetup: ['test/lab/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: true,
          maxWorkers: 2,
          // Real parts on a shared machine: what fails once is tried once more, and fails when it fails again.
          retry: 1,
        },
      },
      {
        test: {
          name: 'dockerfiles',
          include: ['test/real/dockerfiles/**/*.test.ts'],
          globalSetup: ['test/lab/examples-setup.ts'],
          // Real packages are fetched and compiled.
          testTimeout: 400_000,
          hookTimeout: 600_000,
          // One build at a time: while one is under way, engine 20.10 finds no cache for another on the same base image.
          fileParallelism: false,
          retry: 1,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/real/kubernetes/**/*.test.ts'],
          globalSetup: ['test/lab/cluster/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          fileParallelism: true,
          // A rollout mostly waits for pods, so that more go side by side than there are cores.
          maxWorkers: 2,
          maxConcurrency: 3,
          retry: 1,
        },
      },
    ],
  },
});
