import { foldWords, oneLine } from '../report/terminal-text.ts';
import { countText } from '../report/format.ts';
import { bytesText } from '../values/size.ts';
import type { GcReport, RepositoryGc } from './gc-report.ts';

/** What went, or would go, what stays although it is old, and what was left out; sentences folded at `width`. */
export function gcText(report: GcReport, width: number): string {
  const { dryRun, repositories, skippedSites, builds, cache } = report;
  const verb = dryRun ? 'would be removed' : 'removed';
  const lines = [
    ...repositories.flatMap((one) => repositoryLines(one, verb)),
    ...builds.map(
      ({ service, site, count }) =>
        `state  ${countText(count, 'old build')} of ${service} for ${site} with its log ${verb}`,
    ),
    ...cache.map(({ path, bytes }) => `cache  ${path} (${bytesText(bytes)}) ${verb}`),
    ...skippedSites.flatMap(({ site, reasons }) => [
      `site ${site}: nothing is removed, since it is not known what runs there`,
      ...reasons.map((reason) => `  ${reason}`),
    ]),
  ];
  const images = repositories.reduce((sum, { removed }) => sum + removed.length, 0);
  const end = `${countText(images, 'image')} ${verb}.${dryRun ? ' Nothing was changed.' : ''}`;
  return `${[...lines.map(oneLineKeepingIndent), ...(lines.length === 0 ? [] : ['']), end]
    .flatMap((line) => foldWords(line, width))
    .join('\n')}\n`;
}

function repositoryLines(one: RepositoryGc, verb: string): readonly string[] {
  const { repository, removed, spared, error } = one;
  const lines = [
    ...removed.map(({ tags, digest }) => `${verb}  ${tags.join(', ')} · ${digest.slice(0, 19)}…`),
    ...spared.map(({ tag, why }) => `stays  ${tag}, ${why}`),
    ...(error === null
      ? []
      : [`failed  ${error.message} (${error.code})${error.hint === null ? '' : ` → ${error.hint}`}`]),
  ];
  return lines.length === 0 ? [] : [repository, ...lines.map((line) => `  ${line}`)];
}

function oneLineKeepingIndent(line: string): string {
  const indent = line.startsWith('  ') ? '  ' : '';
  return indent + oneLine(line);
}
