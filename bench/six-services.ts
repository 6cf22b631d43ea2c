import type { Infra, Lab } from '../test/lab/lab.ts';
import { SERVICE_NAMES } from '../test/lab/services.ts';
import { startCountingProxy } from './counting-proxy.ts';
import { inMs, median, run, type Figure } from './measure.ts';
import { sixTools, type Tool } from './six-tools.ts';

const SCENARIOS = ['cold', 'one file changed in each', 'nothing changed'] as const;
type Scenario = (typeof SCENARIOS)[number];
const RUNS = 5;

/** Milliseconds of each run, by scenario and tool. */
type Table = Readonly<Record<Scenario, Map<string, number[]>>>;

/**
 * Six services without a rollout: the old pipeline as a script (one by one, and all at once), bake, Skaffold and
 * build-all, in turn, on the same repositories, engine and registry. Bake and Skaffold know no git: where sources may
 * have changed the same fetch is made before them; where nothing changed they are spared it.
 */
export async function measureSixServices(lab: Lab, client: string): Promise<Figure[]> {
  const infra = await lab.freshInfra();
  const tools = await sixTools({ lab, infra, client, host: lab.registries.nexus.host });
  const table: Table = { cold: new Map(), 'one file changed in each': new Map(), 'nothing changed': new Map() };
  const change = changer(infra);
  for (let round = 0; round < RUNS; round += 1) {
    for (const tool of inTurn(tools, round)) {
      await forgetAll(lab, tool);
      note(table, { scenario: 'cold', tool, ran: await runTool(tool, true) });
    }
  }
  for (let round = 0; round < RUNS; round += 1) {
    for (const tool of inTurn(tools, round)) {
      await change();
      note(table, { scenario: 'one file changed in each', tool, ran: await runTool(tool, true) });
    }
  }
  for (const tool of tools) await runTool(tool, true);
  for (let round = 0; round < 2 * RUNS; round += 1) {
    for (const tool of inTurn(tools, round)) {
      const ran = await runTool(tool, tool.name.startsWith('script'));
      note(table, { scenario: 'nothing changed', tool, ran });
    }
  }
  return [...rows(table, await weighTools(lab, client)), ...limits(table)];
}

function inTurn(tools: readonly Tool[], round: number): readonly Tool[] {
  const first = round % tools.length;
  return [...tools.slice(first), ...tools.slice(0, first)];
}

function runTool(tool: Tool, fetch: boolean) {
  return run({ ...tool.command(fetch), cwd: tool.cwd, environment: tool.environment });
}

function note(
  table: Table,
  { scenario, tool, ran }: { scenario: Scenario; tool: Tool; ran: { readonly ms: number } },
): void {
  table[scenario].set(tool.name, [...(table[scenario].get(tool.name) ?? []), ran.ms]);
}

/** As on a machine where nothing was ever built. */
async function forgetAll(lab: Lab, tool: Tool): Promise<void> {
  tool.forget();
  await lab.engine.api('POST', '/build/prune?all=1');
  const images = (await lab.engine.api('GET', '/images/json')) as { Id: string }[];
  for (const { Id } of images) await lab.engine.api('DELETE', `/images/${Id}?force=1`).catch(() => undefined);
}

function changer(infra: Infra): () => Promise<unknown> {
  let version = 1;
  return () => {
    version += 1;
    const files = { 'www/health': `version ${String(version)}\n` };
    const message = `Version ${String(version)}`;
    return Promise.all(SERVICE_NAMES.map((service) => infra.commit({ service, branch: 'main', files, message })));
  };
}

interface Weight {
  /** Sent to the registry. */
  readonly bytes: number;
  /** Of all processes of the client together. */
  readonly peakMb: number;
}

type Weights = Readonly<Record<Scenario, Map<string, Weight>>>;

/** One run of each through a way that counts, looked at all the time; not timed. */
async function weighTools(lab: Lab, client: string): Promise<Weights> {
  const proxy = await startCountingProxy(lab.registries.nexus.host);
  try {
    const nexus = { host: proxy.host, credentialId: 'nexus-credentials' };
    const infra = await lab.freshInfra({ project: { registry: { nexus } } });
    const change = changer(infra);
    const weights: Weights = { cold: new Map(), 'one file changed in each': new Map(), 'nothing changed': new Map() };
    for (const tool of await sixTools({ lab, infra, client, host: proxy.host })) {
      for (const scenario of SCENARIOS) {
        if (scenario === 'cold') await forgetAll(lab, tool);
        if (scenario === 'one file changed in each') await change();
        proxy.take();
        const { peakMb } = await run({ ...tool.command(true), cwd: tool.cwd, environment: tool.environment }, 'tree');
        weights[scenario].set(tool.name, { bytes: proxy.take(), peakMb });
      }
    }
    return weights;
  } finally {
    proxy.close();
  }
}

/** For a reader: every tool in every scenario. */
function rows(table: Table, weights: Weights): Figure[] {
  return SCENARIOS.flatMap((scenario) =>
    [...table[scenario]].map(([name, ms]) => {
      const { bytes, peakMb } = weights[scenario].get(name) ?? { bytes: 0, peakMb: 0 };
      return {
        name: `six services, ${scenario}: ${name}`,
        measured: inMs(median(ms)),
        compared: `${peakMb.toFixed(0)} MB of memory, ${(bytes / 1000).toFixed(0)} kB to the registry`,
        value: median(ms) / 1000,
        limit: null,
        unit: 's' as const,
        runs: ms.length,
      };
    }),
  );
}

function limits(table: Table): Figure[] {
  const ours = (scenario: Scenario): number => msOf(table, scenario, 'xgen-build');
  const best = (scenario: Scenario, names: readonly string[]): number =>
    Math.min(...names.map((name) => msOf(table, scenario, name)));
  const ratio = (name: string, scenario: Scenario, to: { names: readonly string[]; limit: number }): Figure => {
    const theirs = best(scenario, to.names);
    const value = ours(scenario) / theirs;
    const measured = inMs(ours(scenario));
    return { name, measured, compared: inMs(theirs), value, limit: to.limit, unit: '×', runs: RUNS };
  };
  const unchanged = ours('nothing changed');
  return [
    {
      name: 'six services, nothing changed',
      measured: inMs(unchanged),
      compared: null,
      value: unchanged / 1000,
      limit: 0.3,
      unit: 's',
      runs: 2 * RUNS,
    },
    ratio('… to bake and to the script, all at once', 'nothing changed', { names: ['bake', 'script'], limit: 0.25 }),
    ratio('… to Skaffold, which asks no git server', 'nothing changed', { names: ['skaffold'], limit: 1 }),
    ratio('six services, one file changed in each, to the script, all at once', 'one file changed in each', {
      names: ['script'],
      limit: 1,
    }),
    ratio('… to bake and to Skaffold with the same fetch', 'one file changed in each', {
      names: ['bake', 'skaffold'],
      limit: 1,
    }),
    ratio('six services, cold, to the best of the others', 'cold', {
      names: ['script one by one', 'script', 'bake', 'skaffold'],
      limit: 1,
    }),
  ];
}

function msOf(table: Table, scenario: Scenario, name: string): number {
  const times = table[scenario].get(name);
  if (times === undefined) throw new Error(`${name} was not measured`);
  return median(times);
}
