import type { CommandOutcome } from '../commands/outcome.ts';
import { isFlagSet, readSelection } from './all-plans.ts';
import { portsWithStore, readConfiguration, type Desk } from './desk.ts';

/** Of every site and service that is chosen, with all environments: what runs in any of them is spared. */
export async function runGcCommand(desk: Desk): Promise<CommandOutcome> {
  const [configuration, ports, { gc }, { planBuild }, { resolveBuildParameters }] = await Promise.all([
    readConfiguration(desk),
    portsWithStore(desk),
    import('../commands/gc.ts'),
    import('../plan/plan-build.ts'),
    import('../plan/parameters.ts'),
  ]);
  const { flags } = desk.invocation;
  const { environment } = desk.surroundings;
  const parameters = resolveBuildParameters({ flags, environment });
  const site = flags['site'] ?? environment['XGEN_SITE'];
  const everything = { ...parameters, env: Object.keys(configuration.environments), deploy: true };
  const plansOf = (services: readonly string[], sites: readonly string[]) =>
    services.flatMap((service) =>
      sites.map((one) => planBuild({ configuration, service, parameters: { ...everything, site: one } })),
    );
  const all = Object.keys(configuration.services);
  return gc({
    plans: plansOf(
      await readSelection(desk, all),
      typeof site === 'string' && site !== '' ? [site] : configuration.sites,
    ),
    allPlans: plansOf(all, configuration.sites),
    ports,
    rule: configuration.gc,
    dryRun: isFlagSet(desk, 'dry-run'),
    width: desk.width,
    signal: desk.signal,
  });
}
