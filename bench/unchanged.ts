import type { Infra, Lab } from '../test/lab/lab.ts';
import { SERVICE_NAMES } from '../test/lab/services.ts';
import { inMs, run, type Figure } from './measure.ts';
import { lsRemote, timed, xgen } from './questions.ts';

const RUNS = 11;

/** What it takes to find out that there is nothing to do, compared to the questions that have to be asked for that. */
export async function measureUnchanged(lab: Lab): Promise<Figure[]> {
  const infra = await lab.freshInfra();
  await xgen(infra, ['build-all']);
  const one = await timed(RUNS, () => xgen(infra, ['xgen-core', '--progress', 'quiet']));
  const plan = await timed(RUNS, () => xgen(infra, ['plan', '--all']));
  const empty = await timed(RUNS, () => run({ program: process.execPath, args: ['-e', '0'] }));
  const look = await timed(RUNS, () => lookAt(lab, infra, ['xgen-core']));
  const looks = await timed(RUNS, () => lookAt(lab, infra, SERVICE_NAMES));
  return [
    figure(
      'one service unchanged, to `node -e 0`, one `git ls-remote` and one read of its container',
      one,
      empty + look,
    ),
    figure(
      '`plan --all`, to `node -e 0`, six `git ls-remote` and six reads of a container side by side',
      plan,
      empty + looks,
    ),
  ];
}

function figure(name: string, ms: number, base: number): Figure {
  return { name, measured: inMs(ms), compared: inMs(base), value: ms / base, limit: 1.5, unit: '×', runs: RUNS };
}

/** The questions by themselves: a branch of the git server, and the container as it runs. */
async function lookAt(lab: Lab, infra: Infra, services: readonly string[]): Promise<void> {
  await Promise.all(
    services.map(async (service) => {
      await lsRemote(lab, `${infra.group}/${service}.git`);
      await lab.engine.api('GET', `/containers/${infra.containerName('dev', service)}/json`);
    }),
  );
}
