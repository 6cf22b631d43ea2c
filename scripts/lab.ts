import { dirname } from 'node:path';
import { buildPrograms } from '../test/lab/cluster/build-programs.ts';
import type { LabCluster } from '../test/lab/cluster/cluster.ts';
import { pathOf } from '../test/lab/cluster/programs.ts';
import { startLab, type OwnLab } from '../test/lab/lab.ts';
import { build, isStale } from './build.ts';

/** Keeps a lab up until Ctrl-C, and says how to play with it. `--clusters` adds two Kubernetes clusters. */
async function main(): Promise<void> {
  const ended = untilInterrupted();
  say('Starting an engine, three registries and a git server on loopback …');
  if (isStale()) await build();
  const clusters = process.argv.includes('--clusters') ? ['dev', 'prd'] : [];
  if (clusters.length > 0) await buildPrograms(say);
  const lab = await startLab({ network: process.argv.includes('--network'), clusters });
  try {
    say(howToPlay(lab));
    await ended;
    say('\nRemoving the lab …');
  } finally {
    await lab.close();
  }
  say('Nothing is left.');
}

function howToPlay(lab: OwnLab): string {
  const exports = Object.entries(lab.environment)
    .filter(([name]) => name !== 'HOME')
    .map(([name, value]) => `export ${name}='${value}'`);
  const repository = `${lab.directory}/git/${lab.git.group}/xgen-core.git`;
  return [
    `The lab is up in ${lab.directory}. In another terminal:`,
    '',
    ...exports,
    '',
    'bin/xgen-build xgen-core --site lotteimall --env both',
    'bin/xgen-build status',
    `curl http://${lab.infra.published('dev', 'xgen-core')}/health`,
    `docker --host ${lab.engine.host} ps`,
    '',
    `infra repository  ${lab.infraRoot}`,
    `git server        ${lab.git.url}/${lab.git.group}   (${lab.git.username} / ${lab.git.password})`,
    `a repository      ${repository}`,
    `registries        nexus ${lab.registries.nexus.host}, aww ${lab.registries.aww.host}, local ${lab.registries.local.host}`,
    ...howToUseClusters(Object.values(lab.clusters)),
    '',
    'Ctrl-C here removes everything.',
  ].join('\n');
}

function howToUseClusters(clusters: readonly LabCluster[]): string[] {
  if (clusters.length === 0) return [];
  const files = clusters.map((cluster) => cluster.kubeconfigFile);
  return [
    `clusters          ${clusters.map((cluster) => `${cluster.name} ${cluster.server}`).join(', ')}`,
    `kubeconfigs       ${files.join(', ')}`,
    '',
    `export KUBECONFIG='${files.join(':')}'`,
    `export PATH="$PATH:${dirname(pathOf('kubectl'))}"`,
    'kubectl --context dev get nodes',
  ];
}

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
