import { exitCodeOfPlan, planBrief, type PlanView } from './plan-text.ts';
import { countText } from './format.ts';
import { foldWords, oneLine, padWidth, widthOf } from './terminal-text.ts';

/** Below this many columns a line may go beyond the window. */
const NARROWEST_TEXT = 20;

/** 2 where a build would be refused, else 1 where something could not be read, else 0. */
export function exitCodeOfPlans(views: readonly PlanView[]): 0 | 1 | 2 {
  const codes = views.map(exitCodeOfPlan);
  if (codes.includes(2)) return 2;
  return codes.includes(1) ? 1 : 0;
}

/** A line per service: what would be done, and why; and how many of each. Long lines are folded at `width`. */
export function planAllText(views: readonly PlanView[], width: number): string {
  const [first] = views;
  if (first === undefined) return 'Nothing to plan.\n';
  const nameWidth = Math.max(...views.map(({ plan }) => widthOf(plan.service)));
  const lines = views.flatMap((view) => {
    const texts = foldWords(oneLine(planBrief(view)), Math.max(NARROWEST_TEXT, width - nameWidth - 2));
    return texts.map((text, index) => `${padWidth(index === 0 ? view.plan.service : '', nameWidth)}  ${text}`);
  });
  const warnings = [...new Set(views.flatMap(({ plan }) => plan.warnings))];
  return `${[
    ...foldWords(`${first.plan.site} · ${first.plan.build.arch} → ${first.destination}`, width),
    ...lines,
    ...warnings.flatMap((warning) => foldWords(`warning  ${oneLine(warning)}`, width)),
    '',
    `${summaryOf(views)} Nothing was changed.`,
  ].join('\n')}\n`;
}

function summaryOf(views: readonly PlanView[]): string {
  const known = views.flatMap(({ verdict }) => (verdict.status === 'known' ? [verdict.value.build] : []));
  const built = known.filter((isBuilt) => isBuilt).length;
  const unknown = views.length - known.length;
  const parts = [
    `${countText(built, 'service')} would be built`,
    `${String(known.length - built)} unchanged`,
    ...(unknown === 0 ? [] : [`of ${String(unknown)} it is not known`]),
  ];
  return `${parts.join(', ')}.`;
}
