import type { BuildPlan } from '../plan/build-plan.ts';
import type { Ports } from '../pipeline/context.ts';
import type { GcDecision, GcRule, Removal } from '../pipeline/gc-decision.ts';
import { readRepository } from '../pipeline/gc-repository.ts';
import { readSiteUse, type SiteUse } from '../pipeline/gc-targets.ts';
import { errorReport } from '../pipeline/stage.ts';
import type { Digest } from '../values/image-reference.ts';
import { gcText } from './gc-text.ts';
import type { GcReport, RepositoryGc } from './gc-report.ts';
import type { CommandOutcome } from './outcome.ts';

export interface GcOptions {
  /** One per service and site, with every environment that the configuration has. */
  readonly plans: readonly BuildPlan[];
  /** What the configuration builds, of all sites: its sources stay in the cache. */
  readonly allPlans: readonly BuildPlan[];
  readonly ports: Pick<Ports, 'targets' | 'registries' | 'store' | 'sources' | 'clock'>;
  readonly rule: GcRule;
  readonly dryRun: boolean;
  readonly width: number;
  readonly signal: AbortSignal;
}

/**
 * Removes old images, records and copies. Nothing that runs or ran well last anywhere, and nothing at all of a site of
 * which a target cannot be asked. Exit code 1 where something could not be asked or removed.
 */
export async function gc(options: GcOptions): Promise<CommandOutcome> {
  const { plans, ports, dryRun, signal } = options;
  const sites = [...new Set(plans.map(({ site }) => site))];
  const uses = await readUses(options, sites);
  const skippedSites = uses
    .filter(({ unknown }) => unknown.length > 0)
    .map(({ site, unknown }) => ({ site, reasons: unknown }));
  const open = plans.filter(({ site }) => skippedSites.every((skipped) => skipped.site !== site));
  const repositories: RepositoryGc[] = [];
  const builds: GcReport['builds'][number][] = [];
  for (const group of groupByRepository(plans)) {
    signal.throwIfAborted();
    if (!group.every((plan) => open.includes(plan))) continue;
    const done = await cleanRepository(options, group, uses);
    repositories.push(done.report);
    if (done.numbers !== null) builds.push(...(await forget(options, group, done.numbers)));
  }
  const used = options.allPlans.map(({ source, service, site }) => ({ source, service, site }));
  const cache = await ports.sources.tidyCache({ used, dryRun, signal });
  const report: GcReport = { schemaVersion: 1, dryRun, repositories, skippedSites, builds, cache };
  const isWhole = skippedSites.length === 0 && repositories.every(({ error }) => error === null);
  return { exitCode: isWhole ? 0 : 1, text: gcText(report, options.width), json: report };
}

async function readUses({ plans, ports, signal }: GcOptions, sites: readonly string[]): Promise<readonly SiteUse[]> {
  return Promise.all(
    sites.map(async (site) => {
      const own = plans.filter((plan) => plan.site === site);
      return readSiteUse({ site, plans: own, targets: ports.targets, signal });
    }),
  );
}

/** Sites share a repository where the path has no site: they are looked at together. */
function groupByRepository(plans: readonly BuildPlan[]): readonly (readonly BuildPlan[])[] {
  const groups = new Map<string, BuildPlan[]>();
  for (const plan of plans) {
    const key = nameOf(plan);
    groups.set(key, [...(groups.get(key) ?? []), plan]);
  }
  return [...groups.values()];
}

function nameOf({ image }: BuildPlan): string {
  return `${image.registry.host}/${image.repository}`;
}

async function cleanRepository(
  options: GcOptions,
  group: readonly BuildPlan[],
  uses: readonly SiteUse[],
): Promise<{ report: RepositoryGc; numbers: readonly number[] | null }> {
  const [plan] = group;
  if (plan === undefined) throw new TypeError('a repository belongs to a service');
  const sites = group.map(({ site }) => site);
  const report = { repository: nameOf(plan), service: plan.service, sites };
  const removed: Removal[] = [];
  try {
    const first = await look(options, plan, usedIn(uses));
    if (options.dryRun || first.remove.length === 0) {
      return {
        report: { ...report, removed: first.remove, spared: first.spared, error: null },
        numbers: first.numbers,
      };
    }
    // Looked at once more: somebody may have rolled back to one of them, or tagged it, in the meantime.
    const again = await readUses(options, [...new Set(options.plans.map(({ site }) => site))]);
    if (again.some(({ site, unknown }) => sites.includes(site) && unknown.length > 0)) {
      return { report: { ...report, removed, spared: first.spared, error: null }, numbers: null };
    }
    const second = await look(options, plan, usedIn([...uses, ...again]));
    for (const removal of second.remove.filter((one) => isIn(first.remove, one))) {
      options.signal.throwIfAborted();
      const client = options.ports.registries.open(plan.image.registry);
      await client.deleteManifest(plan.image.repository, removal.digest, options.signal);
      removed.push(removal);
    }
    return { report: { ...report, removed, spared: second.spared, error: null }, numbers: second.numbers };
  } catch (error) {
    options.signal.throwIfAborted();
    return { report: { ...report, removed, spared: [], error: errorReport(error) }, numbers: null };
  }
}

function isIn(removals: readonly Removal[], { digest, tags }: Removal): boolean {
  const before = removals.find((removal) => removal.digest === digest);
  return before !== undefined && tags.every((tag) => before.tags.includes(tag));
}

async function look(options: GcOptions, plan: BuildPlan, spared: ReadonlyMap<Digest, string>): Promise<GcDecision> {
  const { ports, rule, signal } = options;
  const client = ports.registries.open(plan.image.registry);
  return readRepository({ client, repository: plan.image.repository, rule, spared, now: ports.clock.now(), signal });
}

/** Of all sites: an image that runs for another site is spared too. */
function usedIn(uses: readonly SiteUse[]): ReadonlyMap<Digest, string> {
  return new Map(uses.flatMap(({ used }) => [...used]));
}

async function forget(
  { ports, rule, dryRun }: GcOptions,
  group: readonly BuildPlan[],
  keepNumbers: readonly number[],
): Promise<GcReport['builds']> {
  const ageMs = rule.keepDays * 24 * 60 * 60 * 1000;
  const before = rule.keepDays === 0 ? null : new Date(ports.clock.now().getTime() - ageMs).toISOString();
  const counts = await Promise.all(
    group.map(async ({ service, site }) => {
      const order = { service, site, keep: rule.keep, keepNumbers, before, dryRun };
      return { service, site, count: (await ports.store.forget(order)).length };
    }),
  );
  return counts.filter(({ count }) => count > 0);
}
