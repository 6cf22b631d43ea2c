import { serviceYaml, PUBLISHED_PORT, type InitFacts } from './init-files.ts';
import { KINDS } from './init-kinds.ts';
import type { Sighting } from './init-look.ts';

export interface WrittenFile {
  /** As it is shown. */
  readonly path: string;
  /** False: it was there already, and is as it was. */
  readonly isNew: boolean;
}

export interface InitReport {
  readonly facts: InitFacts;
  readonly written: readonly WrittenFile[];
  /** Folder to go to, as it is shown. */
  readonly infraRoot: string;
}

/** What was seen, what was written, and what to do next. */
export function initText(report: InitReport): string {
  return [...seenLines(report.facts), '', ...fileLines(report), '', ...nextLines(report)].join('\n') + '\n';
}

function seenLines({ service, site, looked, origin }: InitFacts): readonly string[] {
  const { kind, port, healthCheck } = looked;
  const from = origin === null ? 'not known: no remote "origin"' : `${origin.url}/${origin.group}/${origin.repo}.git`;
  return [
    `${service} is ${KINDS[kind.value].title}${seen(kind)}`,
    `  source       ${from}`,
    `  site         ${site}, its branch`,
    `  port         ${port.value}${seen(port)}`,
    `  health check ${healthCheck.value}${seen(healthCheck)}`,
  ];
}

function seen({ seenIn }: Sighting<unknown>): string {
  return seenIn === null ? ' (assumed)' : ` (seen in ${seenIn})`;
}

function fileLines({ facts, written }: InitReport): readonly string[] {
  const lines = written.map(
    ({ path, isNew }) => `${isNew ? 'wrote' : 'kept '}  ${path}${isNew ? '' : ', which was there already'}`,
  );
  const services = written.find(({ path }) => path.endsWith('services.yaml'));
  if (services === undefined || services.isNew) return lines;
  const block = serviceYaml(facts).trimEnd().split('\n');
  return [
    ...lines,
    '',
    `If ${facts.service} is not in it yet, add to ${services.path}:`,
    ...block.map((line) => `  ${line}`),
  ];
}

function nextLines({ facts, infraRoot }: InitReport): readonly string[] {
  const { service, site, origin } = facts;
  const deploy = site === 'main' ? `xgen-build ${service}` : `xgen-build ${service} --site ${site}`;
  const commands = [
    ['xgen-build doctor', 'says what is missing on this machine'],
    [deploy, 'builds it, pushes it, and rolls it out'],
    [`curl http://127.0.0.1:${PUBLISHED_PORT}${facts.looked.healthCheck.value}`, 'asks it'],
  ] as const;
  const width = Math.max(...commands.map(([command]) => command.length));
  const steps = [
    ...(infraRoot === '.' ? [] : [`cd ${infraRoot}`]),
    ...(origin === null ? ['correct url and group in config/project.yaml, and repo in config/services.yaml'] : []),
    'correct registry.nexus.host in config/project.yaml, if it is not localhost:5000',
    ...commands.map(([command, does]) => `${command.padEnd(width)}  ${does}`),
  ];
  return ['Next:', ...steps.map((step, index) => `  ${index + 1}. ${step}`)];
}
