import { expect } from 'vitest';
import type { BuildAllResult, BuildResult } from '../../../src/ports/result.ts';
import { BuildAllResultSchema } from '../../../src/report/result-schema.ts';
import type { Infra } from '../../lab/lab.ts';
import type { XgenOptions } from '../../lab/run-xgen.ts';

/** Runs build-all and gives its result, which is what its schema says. */
export async function buildAll(
  infra: Infra,
  args: readonly string[] = [],
  expected: { exitCode?: number } & XgenOptions = {},
): Promise<BuildAllResult> {
  const { exitCode = 0, ...options } = expected;
  const run = await infra.run(['build-all', ...args, '--output', 'json', '--progress', 'plain'], options);
  expect(run.exitCode, run.stdout + run.stderr).toBe(exitCode);
  return BuildAllResultSchema.parse(run.json());
}

export function resultOf(all: BuildAllResult, service: string): BuildResult {
  const found = all.results.find((result) => result.service === service);
  if (found === undefined) throw new Error(`build-all has no result of ${service}`);
  return found;
}

export async function commitTo(infra: Infra, services: readonly string[], text: string): Promise<void> {
  await Promise.all(
    services.map((service) =>
      infra.commit({ service, branch: 'main', files: { 'www/health': `${service} ${text}\n` }, message: text }),
    ),
  );
}
