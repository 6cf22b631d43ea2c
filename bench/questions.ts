import type { Infra, Lab } from '../test/lab/lab.ts';
import { median, run, type Ran } from './measure.ts';
import { PROGRAM } from './program.ts';

export function xgen(infra: Infra, args: readonly string[], watchMemory = false): Promise<Ran> {
  return run({ program: PROGRAM, args, cwd: infra.root, environment: infra.environment }, watchMemory);
}

/** The median of so many runs in milliseconds, after one that is not counted. */
export async function timed(runs: number, act: () => Promise<unknown>): Promise<number> {
  await act();
  const times: number[] = [];
  for (let count = 0; count < runs; count += 1) {
    const begin = performance.now();
    await act();
    times.push(performance.now() - begin);
  }
  return median(times);
}

/** A look at a branch, as anybody would take it. */
export function lsRemote(lab: Lab, path: string): Promise<Ran> {
  const login = Buffer.from(`${lab.git.username}:${lab.git.password}`).toString('base64');
  const environment = {
    HOME: lab.directory,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${login}`,
  };
  const args = ['ls-remote', '--quiet', '--heads', `${lab.git.url}/${path}`, 'refs/heads/main'];
  return run({ program: 'git', args, environment });
}
