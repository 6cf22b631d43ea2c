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

/** One line: `b43-amd64 or higher: source 1a2b3c4 → 5d6e7f8 · dev: replaces b42`, `unchanged since b42 · dev: runs b42`. */
export function planBrief(view: PlanView): string {
  const { verdict, registry, targets } = view;
  if (verdict.status === 'unknown') return unknownText(verdict.error);
  const { build, reason } = verdict.value;
  const kept = keptBuild(view);
  const isMoved = kept !== null && registry.status === 'known' && registry.value.moving?.digest !== kept.digest;
  const what = build ? `${numberText(view)}: ${reason}` : `${reason}${isMoved ? `, ${pushLine(view)}` : ''}`;
  return [what, ...targets.map(({ target, state }) => targetBrief(view, target, state))].join(' · ');
}

function targetBrief(view: PlanView, target: TargetPlan, state: Observed<TargetState>): string {
  if (state.status === 'known' && state.value.status === 'missing' && state.value.canCreate)
    return `${target.env}: new`;
  if (state.status === 'unknown' || state.value.status === 'missing' || isRefused(view.plan, target, state)) {
    return `${target.env}: ${targetLine(view, target, state)}`;
  }
  return `${target.env}: ${runsKept(view, state.value) ? 'runs' : 'replaces'} ${nameOf(state.value)}`;
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
  const { moving } = registry.value;
  const kept = keptBuild(view);
  if (kept !== null) return keptText(plan, kept, moving);
  const was =
    moving === null
      ? 'not there yet'
      : `now ${moving.number === null ? '' : `b${String(moving.number)}, `}${shortDigest(moving.digest)}`;
  return `${numberText(view)}, ${plan.image.movingTag} (${was})`;
}

/** `b43-amd64 or higher`: others may draw a number meanwhile. */
function numberText({ plan, registry }: PlanView): string {
  const { number, numberFloor } = plan.image;
  const highest = registry.status === 'known' ? registry.value.highest : 0;
  const tag = numberTag(number ?? Math.max(highest + 1, numberFloor), plan.build.arch);
  return number === null ? `${tag} or higher` : tag;
}

function keptText({ image, build }: BuildPlan, kept: PreviousBuild, moving: RegistryView['moving']): string {
  const tag = numberTag(kept.number, build.arch);
  if (moving?.digest === kept.digest) return `nothing, ${tag} and ${image.movingTag} are there`;
  return `${image.movingTag} is put ${moving === null ? '' : 'back '}on ${tag}`;
}

function targetLine(view: PlanView, target: TargetPlan, state: Observed<TargetState>): string {
  const { plan } = view;
  if (state.status === 'unknown') return unknownText(state.error);
  // A cluster asks by the probes of the workload itself.
  const health =
    target.kind === 'kubernetes'
      ? 'then proves what its pods run'
      : `then asks ${target.health.path} on ${String(target.health.port)}`;
  if (state.value.status === 'missing') {
    return state.value.canCreate
      ? `new, nothing runs in ${target.env} yet, ${health}`
      : `${target.deployment} is not there`;
  }
  const { site } = state.value;
  const runs = nameOf(state.value);
  if (isRefused(plan, target, state)) {
    const whose = site === null ? 'nobody knows which site' : `site ${site}`;
    return `refused (SITE_MISMATCH): ${runs} of ${whose} runs there; --switch-site replaces it`;
  }
  if (runsKept(view, state.value)) return `nothing, ${runs} runs there`;
  const { tracker } = state.value;
  const tracked = tracker === null ? '' : `; ${tracker.name} tracks it`;
  return `replaces ${runs} in ${target.env}, ${health}${tracked}`;
}

type PresentTarget = Extract<TargetState, { status: 'present' }>;

function nameOf({ number, digest, image }: PresentTarget): string {
  if (number !== null) return `b${String(number)}`;
  return digest === null ? image : shortDigest(digest);
}

/** The image that stays runs there already, and was proven. */
function runsKept(view: PlanView, { running, isProven, digest }: PresentTarget): boolean {
  return running && isProven && digest !== null && digest === keptBuild(view)?.digest;
}

function isRefused(plan: BuildPlan, target: TargetPlan, state: Observed<TargetState>): boolean {
  if (state.status === 'unknown' || state.value.status === 'missing') return false;
  return state.value.site !== target.site && !plan.parameters.switchSite;
}

function unknownText(error: ErrorReport): string {
  return `${error.message} (${error.code})${error.hint === null ? '' : ` → ${error.hint}`}`;
}
