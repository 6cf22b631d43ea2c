import type { CommandOutcome } from '../commands/outcome.ts';
import { UsageError } from '../errors/xgen-error.ts';
import type { ParameterInput } from '../plan/parameters.ts';
import { portsWithStore, readConfiguration, type Desk } from './desk.ts';

export async function runHistoryCommand(desk: Desk): Promise<CommandOutcome> {
  const { history } = await import('../commands/history.ts');
  return history(await recordQuery(desk, 20));
}

export async function runHealStatsCommand(desk: Desk): Promise<CommandOutcome> {
  const { healStats } = await import('../commands/heal-stats.ts');
  return healStats(await recordQuery(desk, 1_000));
}

async function recordQuery(desk: Desk, usualLimit: number) {
  const composition = await desk.compose();
  const store = await composition.openStore();
  const service = await namedService(desk);
  const site = namedSite(desk);
  const limit = readLimit(desk.invocation.flags['limit'], usualLimit);
  const query = { limit, ...(service === null ? {} : { service }), ...(site === null ? {} : { site }) };
  return { store, query, now: composition.ports.clock.now(), width: desk.width };
}

export async function runLogsCommand(desk: Desk): Promise<CommandOutcome> {
  const [composition, { logs }] = await Promise.all([desk.compose(), import('../commands/logs.ts')]);
  const store = await composition.openStore();
  const service = await namedService(desk);
  if (service === null) {
    throw new UsageError({ code: 'USAGE', message: 'no service is named', hint: 'xgen-build logs SERVICE [bN]' });
  }
  const site = namedSite(desk);
  return logs({
    store,
    service,
    number: desk.invocation.args[1] ?? null,
    ...(site === null ? {} : { site }),
    follow: desk.invocation.flags['follow'] === true,
    output: desk.surroundings.output,
    write: desk.write,
    signal: desk.signal,
  });
}

/** Every place once, with the site that runs there; a site or environments that are named narrow it down. */
export async function runStatusCommand(desk: Desk): Promise<CommandOutcome> {
  const [configuration, ports, { status }, { planBuild }, { resolveBuildParameters }] = await Promise.all([
    readConfiguration(desk),
    portsWithStore(desk),
    import('../commands/status.ts'),
    import('../plan/plan-build.ts'),
    import('../plan/parameters.ts'),
  ]);
  const service = await namedService(desk);
  const site = namedSite(desk);
  const parameters = resolveBuildParameters(inputOf(desk));
  const isEnvNamed =
    desk.invocation.flags['env'] !== undefined || desk.surroundings.environment['XGEN_ENV'] !== undefined;
  const env = isEnvNamed ? parameters.env : Object.keys(configuration.environments);
  const services = service === null ? Object.keys(configuration.services) : [service];
  const sites = site === null ? configuration.sites : [site];
  const plans = services.flatMap((name) =>
    sites.map((one) =>
      planBuild({ configuration, service: name, parameters: { ...parameters, site: one, env, deploy: true } }),
    ),
  );
  return status({ plans, ports, now: ports.clock.now(), width: desk.width, signal: desk.signal });
}

export async function runConfigCheckCommand(desk: Desk): Promise<CommandOutcome> {
  const { configCheck } = await import('../commands/config-check.ts');
  return configCheck({ configDir: desk.surroundings.configDir });
}

export async function runConfigShowCommand(desk: Desk): Promise<CommandOutcome> {
  const { configShow } = await import('../commands/config-show.ts');
  const service = await namedService(desk);
  return configShow({ configDir: desk.surroundings.configDir, service, site: namedSite(desk) });
}

export async function runRbacCommand(desk: Desk): Promise<CommandOutcome> {
  const [configuration, { rbac }, { resolveBuildParameters }] = await Promise.all([
    readConfiguration(desk),
    import('../commands/rbac.ts'),
    import('../plan/parameters.ts'),
  ]);
  const { flags } = desk.invocation;
  const env = flags['env'] === undefined ? null : resolveBuildParameters(inputOf(desk)).env;
  return rbac({
    configuration,
    env,
    site: namedSite(desk),
    isClusterWide: flags['cluster'] === true,
    isWhole: flags['all'] === true,
  });
}

function inputOf(desk: Desk): ParameterInput {
  return { flags: desk.invocation.flags, environment: desk.surroundings.environment };
}

async function namedService(desk: Desk): Promise<string | null> {
  const { resolveService } = await import('../plan/parameters.ts');
  return resolveService({ ...inputOf(desk), service: desk.invocation.args[0] ?? null });
}

/** A site that was named by option or variable; null where none was, and then no default narrows what is shown. */
function namedSite(desk: Desk): string | null {
  const given = desk.invocation.flags['site'] ?? desk.surroundings.environment['XGEN_SITE'];
  return typeof given === 'string' && given !== '' ? given : null;
}

function readLimit(flag: string | boolean | undefined, usual: number): number {
  if (flag === undefined) return usual;
  if (typeof flag === 'string' && /^[1-9]\d{0,4}$/.test(flag)) return Number(flag);
  throw new UsageError({
    code: 'USAGE',
    message: `--limit ${String(flag)} is not a number above 0`,
    hint: `--limit ${usual}`,
  });
}
