import { cpus, release, totalmem } from 'node:os';
import { isMissed, type Figure } from './measure.ts';

export interface Machine {
  readonly engine: string;
  readonly client: string;
}

/** The results as `bench/results.md` holds them. */
export function formatResults(figures: readonly Figure[], machine: Machine): string {
  const [cpu] = cpus();
  const gigabytes = Math.round(totalmem() / 1024 ** 3);
  return [
    '# What it takes',
    '',
    'Written by `npm run bench`. Medians; what is compared ran in turn on the same machine at the same time.',
    '',
    `Machine: ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${gigabytes} GB, Linux ${release()}, Node ${process.versions.node}, ` +
      `Docker Engine ${machine.engine}, docker client ${machine.client}.`,
    '',
    '| what | xgen-build | compared to | result | limit | runs |',
    '|---|---|---|---|---|---|',
    ...figures.map(formatRow),
    '',
  ].join('\n');
}

function formatRow(figure: Figure): string {
  const limit = figure.limit === null ? '' : `≤ ${figure.limit} ${figure.unit}`;
  const result = `${isMissed(figure) ? '**missed:** ' : ''}${formatValue(figure)}`;
  return `| ${[figure.name, figure.measured, figure.compared ?? '', result, limit, figure.runs].join(' | ')} |`;
}

export function formatValue(figure: Figure): string {
  const digits = figure.unit === 'MB' || figure.unit === 'requests' ? 0 : 2;
  return `${figure.value.toFixed(digits)} ${figure.unit}`;
}
