import { numberTag, type BuildPlan } from '../plan/build-plan.ts';
import type { BuildVerdict, PreviousBuild } from '../plan/build-reason.ts';
import type { ErrorReport } from '../ports/result.ts';
import type { TargetPlan, TargetState } from '../ports/target.ts';
import { shortDigest, type Digest } from '../values/image-reference.ts';
import { foldWords } from './terminal-text.ts';

/** Below this many columns a line may go beyond the window. */
const NARROWEST_TEXT = 20;

/** Something that was asked of the outside, or why there is no answer. */
export type Observed<T> =
  | { readonly status: 'known'; readonly value: T }
  | { readonly status: 'unknown'; readonly error: ErrorReport };

export interface RegistryView {
  /** Highest number of the repository, over all architectures; 0 where there is none. */
  readonly highest: number;
  readonly previous: PreviousBuild | null;
  readonly moving: { readonly digest: Digest; readonly number: number | null } | null;
}

/** All that `plan` read. */
export interface PlanView {
  readonly destination: string;
  readonly plan: BuildPlan;
  readonly commit: Observed<string>;
  readonly registry: Observed<RegistryView>;
  /** Whether there is anything to build; unknown where one of the things that it hangs on could not be read. */
  readonly verdict: Observed<BuildVerdict>;
  /** The central Dockerfile first, then the files beside it by name. */
  readonly overlay: readonly string[];
  readonly targets: readonly { readonly target: TargetPlan; readonly state: Observed<TargetState> }[];
}

/** 0 where everything could be read, 2 where the build would be refused, else 1. */
export function exitCodeOfPlan(view: PlanView): 0 | 1 | 2 {
  if (view.targets.some(({ target, state }) => isRefused(view.plan, target, state))) return 2;
  const observed = [view.commit, view.registry, view.verdict, ...view.targets.map(({ state }) => state)];
  return observed.every(({ status }) => status === 'known') ? 0 : 1;
}

/** A line per step: what would be done, and why. Long lines are folded at `width`. */
export function planText(view: PlanView, width: number): string {
  const { plan } = view;
  const rows: readonly (readonly [string, string])[] = [
    ['checkout', checkoutLine(view)],
    ['overlay', view.overlay.join(', ')],
    ['build', buildLine(view)],
    ['push', pushLine(view)],
    ...view.targets.map(({ target, state }) => [`rollout ${target.env}`, targetLine(view, target, state)] as const),
    ...plan.excluded.map(({ env, reason }) => [`rollout ${env}`, `not here: ${reason}`] as const),
    ...(plan.parameters.deploy ? [] : [['rollout', 'none, asked for with --no-deploy'] as const]),
    ...plan.warnings.map((warning) => ['warning', warning] as const),
  ];
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const header = `${plan.service} · ${plan.site} · ${plan.build.arch} → ${view.destination}`;
  const lines = rows.flatMap(([name, text]) => row({ name: name.padEnd(nameWidth), text, width }));
  return `${[...foldWords(header, width), ...lines, '', 'Nothing was changed.'].join('\n')}\n`;
}

function row({ name, text, width }: { name: string; text: string; width: number }): readonly string[] {
  const lines = foldWords(text, Math.max(NARROWEST_TEXT, width - name.length - 2));
  return lines.map((part, index) => `${index === 0 ? name : ' '.repeat(name.length)}  ${part}`);
}

function checkoutLine({ plan, commit }: PlanView): string {
  const where = `branch ${plan.source.branch} of ${plan.source.url}`;
  return commit.status === 'known' ? `${commit.value.slice(0, 7)}, ${where}` : `${where}: ${unknownText(commit.error)}`;
}

function buildLine({ plan, commit, registry, verdict }: PlanView): string {
  const what = `${plan.build.platform}${plan.build.target === null ? '' : `, stage ${plan.build.target}`}`;
  if (verdict.status === 'known') return `${verdict.value.build ? what : 'nothing'} · ${verdict.value.reason}`;
  const isSaid = commit.status === 'unknown' || registry.status === 'unknown';
  return isSaid ? what : `${what} · ${unknownText(verdict.error)}`;
}

/** The image that stays where nothing is built; null where something is, or that is not known. */
function keptBuild({ verdict, registry }: PlanView): PreviousBuild | null {
  const isKept = verdict.status === 'known' && !verdict.value.build && registry.status === 'known';
  return isKept ? registry.value.previous : null;
}

function pushLine(view: PlanView): string {
  const { plan, registry } = view;
  if (registry.status === 'unknown') return `${plan.image.movingTag}: ${unknownText(registry.error)}`;
  const { highest, moving } = registry.value;
  const arch = plan.build.arch;
  const kept = keptBuild(view);
  if (kept !== null) return keptText(plan, kept, moving);
  const atLeast = plan.image.number ?? Math.max(highest + 1, plan.image.numberFloor);
  const number = `${numberTag(atLeast, arch)}${plan.image.number === null ? ' or higher' : ''}`;
  const was =
    moving === null
      ? 'not there yet'
      : `now ${moving.number === null ? '' : `b${String(moving.number)}, `}${shortDigest(moving.digest)}`;
  return `${number}, ${plan.image.movingTag} (${was})`;
}

function keptText({ image, build }: BuildPlan, kept: PreviousBuild, moving: RegistryView['moving']): string {
  const tag = numberTag(kept.number, build.arch);
  if (moving?.digest === kept.digest) return `nothing, ${tag} and ${image.movingTag} are there`;
  return `${image.movingTag} is put ${moving === null ? '' : 'back '}on ${tag}`;
}

function targetLine(view: PlanView, target: TargetPlan, state: Observed<TargetState>): string {
  const { plan } = view;
  if (state.status === 'unknown') return unknownText(state.error);
  const health = `then asks ${target.health.path} on ${String(target.health.port)}`;
  if (state.value.status === 'missing') {
    return state.value.canCreate
      ? `new, nothing runs in ${target.env} yet, ${health}`
      : `${target.deployment} is not there`;
  }
  const { number, digest, site, image } = state.value;
  const runs = number === null ? (digest === null ? image : shortDigest(digest)) : `b${String(number)}`;
  if (isRefused(plan, target, state)) {
    const whose = site === null ? 'nobody knows which site' : `site ${site}`;
    return `refused (SITE_MISMATCH): ${runs} of ${whose} runs there; --switch-site replaces it`;
  }
  const isThere = state.value.running && state.value.isProven && digest !== null && digest === keptBuild(view)?.digest;
  if (isThere) return `nothing, ${runs} runs there`;
  return `replaces ${runs} in ${target.env}, ${health}`;
}

function isRefused(plan: BuildPlan, target: TargetPlan, state: Observed<TargetState>): boolean {
  if (state.status === 'unknown' || state.value.status === 'missing') return false;
  return state.value.site !== target.site && !plan.parameters.switchSite;
}

function unknownText(error: ErrorReport): string {
  return `${error.message} (${error.code})${error.hint === null ? '' : ` → ${error.hint}`}`;
}
