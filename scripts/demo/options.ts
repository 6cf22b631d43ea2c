import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** This step alone, after those that it stands on, which are not shown; null: all of them. */
  readonly step: number | null;
  /** Everything stays up until Ctrl-C. */
  readonly keep: boolean;
  /** The engine that is there already, in the place of one of the demo's own. */
  readonly ownEngine: boolean;
}

export const USAGE = `npm run demo [-- --step N] [--keep] [--engine]

  --step N   show one step, after those that it needs
  --keep     leave everything up until Ctrl-C, to play with it
  --engine   use the engine of this machine (DOCKER_HOST or the default socket) instead of starting one
`;

/** Throws an error whose message is to be read. */
export function readOptions(args: readonly string[], steps: number): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { step: { type: 'string' }, keep: { type: 'boolean' }, engine: { type: 'boolean' } },
  });
  const step = values.step === undefined ? null : Number(values.step);
  if (step !== null && !(Number.isInteger(step) && step >= 1 && step <= steps))
    throw new Error(`--step is "${values.step ?? ''}", and there are steps 1 to ${steps}`);
  return { step, keep: values.keep === true, ownEngine: values.engine !== true };
}

/** The socket that the docker client would use. Throws for an engine at another kind of address. */
export function engineSocket(environment: Readonly<Record<string, string | undefined>>): string {
  const host = environment['DOCKER_HOST'] ?? '';
  if (host === '') return '/var/run/docker.sock';
  if (host.startsWith('unix://')) return host.slice('unix://'.length);
  throw new Error(`--engine needs an engine at a socket of this machine, and DOCKER_HOST is ${host}`);
}
