import { fileURLToPath } from 'node:url';
import type { Infra } from '../test/lab/lab.ts';
import { run, type Ran } from './measure.ts';

export const PROGRAM = fileURLToPath(new URL('../bin/xgen-build', import.meta.url));

/** The parts of the result that the bench reads. */
export interface BuildTimes {
  readonly stages: readonly { readonly name: string; readonly durationMs: number }[];
}

/** Runs the main job without a rollout, and gives its result with what it took. */
export async function build(
  infra: Infra,
  job: { service: string; site: string; watchMemory?: boolean },
): Promise<Ran & { result: BuildTimes }> {
  const ran = await run(
    {
      program: PROGRAM,
      args: [job.service, '--site', job.site, '--no-deploy', '--output', 'json', '--progress', 'plain'],
      cwd: infra.root,
      environment: infra.environment,
    },
    job.watchMemory,
  );
  return { ...ran, result: JSON.parse(ran.stdout) as BuildTimes };
}

export function stageMs(result: BuildTimes, name: string): number {
  const stage = result.stages.find((candidate) => candidate.name === name);
  if (stage === undefined) throw new Error(`the result has no stage ${name}`);
  return stage.durationMs;
}
