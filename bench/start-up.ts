import type { Infra } from '../test/lab/lab.ts';
import { alternate, inMs, median, ratioFigure, run, type Figure } from './measure.ts';
import { PROGRAM } from './program.ts';

/** How long it takes until the program does what it was asked for, compared to an empty run of the same Node. */
export async function measureStartUp(infra: Infra): Promise<Figure[]> {
  const call = (program: string, args: readonly string[]) => async (): Promise<number> =>
    (await run({ program, args, cwd: infra.root, environment: infra.environment })).ms;
  const version = await alternate(21, call(PROGRAM, ['--version']), call(process.execPath, ['-e', '0']));
  const check = await alternate(11, call(PROGRAM, ['config', 'check']), call(process.execPath, ['-e', '0']));
  const seconds = median(check.ours) / 1000;
  return [
    ratioFigure({ name: '`xgen-build --version` to `node -e 0`', limit: 1.6, times: version }),
    {
      name: '`xgen-build config check`',
      measured: inMs(seconds * 1000),
      compared: null,
      value: seconds,
      limit: 0.25,
      unit: 's',
      runs: check.ours.length,
    },
  ];
}
