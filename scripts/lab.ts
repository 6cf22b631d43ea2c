import { dirname } from 'node:path';
import { buildPrograms } from '../test/lab/cluster/build-programs.ts';
import { openPlace, type Place } from '../test/lab/cluster/place.ts';
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
    const place = clusters.length > 0 ? await openPlace({ lab, rights: 'all' }) : null;
    await place?.seed(['dev', 'prd'], { replicas: 2 });
    say(howToPlay(lab, place));
    await ended;
    say('\nRemoving the lab …');
  } finally {
    await lab.close();
  }
  say('Nothing is left.');
}

function howToPlay(lab: OwnLab, place: Place | null): string {
  const infra = place?.infra ?? lab.infra;
  const exports = Object.entries(infra.environment)
    .filter(([name]) => name !== 'HOME')
    .map(([name, value]) => `export ${name}='${value}'`);
  return [
    `The lab is up in ${lab.directory}. In another terminal:`,
    '',
    ...exports,
    '',
    ...(place === null ? onTheEngine(lab) : onClusters(place)),
    '',
    `infra repository  ${infra.root}`,
    `git server        ${lab.git.url}/${infra.group}   (${lab.git.username} / ${lab.git.password})`,
    `a repository      ${lab.directory}/git/${infra.group}/xgen-core.git`,
    `registries        nexus ${lab.registries.nexus.host}, aww ${lab.registries.aww.host}, local ${lab.registries.local.host}`,
    ...Object.values(lab.clusters).map(({ name, server }) => `cluster ${name}       ${server}`),
    '',
    'Ctrl-C here removes everything.',
  ].join('\n');
}

function onTheEngine(lab: OwnLab): string[] {
  return [
    'bin/xgen-build xgen-core --site lotteimall --env both',
    'bin/xgen-build status',
    `curl http://${lab.infra.published('dev', 'xgen-core')}/health`,
    `docker --host ${lab.engine.host} ps`,
  ];
}

/** The service runs in a namespace of both clusters already, as somebody else made it. */
function onClusters({ namespace, clusters }: Place): string[] {
  const files = Object.values(clusters).map((cluster) => cluster.kubeconfigFile);
  return [
    `export KUBECONFIG='${files.join(':')}'`,
    `export PATH="$PATH:${dirname(pathOf('kubectl'))}"`,
    '',
    'bin/xgen-build xgen-core --env both',
    'bin/xgen-build status',
    `kubectl --context dev --namespace ${namespace} get deployments,pods`,
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
