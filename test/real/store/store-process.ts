import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { createClock } from '../../../src/adapters/clock.ts';
import { readIdentity } from '../../../src/adapters/process-identity.ts';
import { openStore } from '../../../src/adapters/store-sqlite/open-store.ts';
import type { BuildEventBody } from '../../../src/ports/events.ts';
import type { BuildParameters, BuildResult } from '../../../src/ports/result.ts';
import type { ClaimedBuild, Store } from '../../../src/ports/store.ts';

// A process of its own that uses the state: `node store-process.ts ACTION STATE_DIR [ARGUMENT]`. It prints a line of JSON
// for everything that the store has acknowledged.

const NEXT = { above: 0, floor: 1, exactly: null };
const clock = createClock();
const [action = '', stateDir = '', argument = ''] = process.argv.slice(2);

function say(fact: object): void {
  process.stdout.write(`${JSON.stringify(fact)}\n`);
}

function parameters(site: string): BuildParameters {
  return {
    site,
    env: [],
    tag: 'latest',
    arch: 'amd64',
    registry: 'nexus',
    deploy: false,
    noCache: false,
    rebuild: false,
    number: null,
    switchSite: false,
    trigger: 'person',
    jenkinsBuildNumber: null,
  };
}

function resultOf(build: ClaimedBuild, number: number): BuildResult {
  return {
    schemaVersion: 1,
    service: build.service,
    site: build.site,
    status: 'succeeded',
    number,
    commit: null,
    image: null,
    buildImage: null,
    digest: null,
    built: true,
    reason: '',
    attempts: [],
    stages: [],
    rollouts: [],
    parameters: parameters(build.site),
    infra: { commit: null, dirty: false },
    startedBy: 'test',
    warnings: [],
    error: null,
    durationMs: 1,
  };
}

async function claim(store: Store, site: string): Promise<ClaimedBuild> {
  const wish = {
    service: 'xgen-core',
    site,
    parametersKey: 'k',
    parameters: parameters(site),
    startedBy: `pid ${process.pid}`,
  };
  for (;;) {
    const answer = await store.claim({ ...wish, command: 'build' }, `waiter-${process.pid}`);
    if (answer.status === 'claimed') return answer.build;
    await clock.sleep(5);
  }
}

function emit(store: Store, build: ClaimedBuild, events: readonly [number, BuildEventBody][]): void {
  store.appendEvents(
    build,
    events.map(([seq, body]) => ({ ...body, seq, at: clock.now().toISOString() })),
  );
}

function output(text: string): BuildEventBody {
  return { kind: 'log', stage: 'build', step: 1, stream: 'stdout', text };
}

/** Draws as many numbers as asked for. */
async function draw(store: Store): Promise<void> {
  const build = await claim(store, `site-${process.pid}`);
  for (let count = 0; count < Number(argument); count += 1) say({ number: await store.draw(build, NEXT) });
}

/** Whole builds, one after another, until the process is killed. */
async function buildForever(store: Store): Promise<void> {
  for (;;) {
    const build = await claim(store, argument);
    const number = await store.draw(build, NEXT);
    say({ drawn: number, id: build.id });
    emit(store, build, [[1, output('x'.repeat(1_000))]]);
    await store.recordStage(build, { name: 'build', status: 'succeeded', durationMs: 1 });
    await store.flushEvents(build);
    if (await store.finish(build, resultOf(build, number))) say({ finished: number });
  }
}

/** A build that writes a line every 50 ms and ends after `argument` lines. */
async function buildSlowly(store: Store): Promise<void> {
  const build = await claim(store, 'main');
  const number = await store.draw(build, NEXT);
  say({ id: build.id, number });
  for (let seq = 1; seq <= Number(argument); seq += 1) {
    emit(store, build, [[seq, output(`line ${seq}\n`)]]);
    await clock.sleep(50);
  }
  const result = resultOf(build, number);
  emit(store, build, [[Number(argument) + 1, { kind: 'build-finished', result }]]);
  await store.flushEvents(build);
  await store.finish(build, result);
}

async function holdLock(store: Store): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  const handle = await store.lock(argument, { owner: `pid ${process.pid}`, signal, onBusy: () => undefined });
  say({ fence: handle.fence });
  await clock.sleep(60_000);
}

/** What a hanging backup or another xgen-build in a long transaction does. */
async function holdWriteLock(): Promise<void> {
  const database = new DatabaseSync(join(stateDir, 'state.db'));
  database.exec('BEGIN IMMEDIATE');
  say({ isHeld: true });
  await clock.sleep(Number(argument));
  database.exec('COMMIT');
  database.close();
}

async function main(): Promise<void> {
  if (action === 'hold-write-lock') {
    await holdWriteLock();
    return;
  }
  const store = await openStore({ stateDir, clock, identity: await readIdentity() });
  const actions: Readonly<Record<string, (store: Store) => Promise<void>>> = {
    draw,
    'build-forever': buildForever,
    'build-slowly': buildSlowly,
    'hold-lock': holdLock,
  };
  await actions[action]?.(store);
  await store.close();
}

await main();
