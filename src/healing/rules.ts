import { UsageError } from '../errors/xgen-error.ts';
import { didYouMean } from '../values/suggest.ts';
import { BASE_IMAGE_RULES } from './base-image-rules.ts';
import { DAMAGE_RULES } from './damage-rules.ts';
import { DOCKERFILE_RULES } from './dockerfile-rules.ts';
import { LAST_RULES } from './last-rules.ts';
import { REFUSAL_RULES } from './refusal-rules.ts';
import type { Rule } from './rule.ts';
import { SCARCITY_RULES } from './scarcity-rules.ts';
import { STEP_RULES } from './step-rules.ts';
import { TRANSIENT_RULES } from './transient-rules.ts';

/**
 * The table of failures: the one place where texts of builder, engine and registry are matched. The first rule that
 * matches decides. Permanent ones stand first, because they quote names and paths that can hold the words of the others.
 */
export const RULES: readonly Rule[] = [
  ...STEP_RULES,
  ...DOCKERFILE_RULES,
  ...REFUSAL_RULES,
  ...BASE_IMAGE_RULES,
  ...SCARCITY_RULES,
  ...DAMAGE_RULES,
  ...TRANSIENT_RULES,
  ...LAST_RULES,
];

/**
 * The table without some of its rules: to find out whether a rule helps, or to stop one that does harm. `ids` is a list
 * with commas, as XGEN_WITHOUT_RULES holds it. Throws USAGE for an id that no rule has.
 */
export function rulesWithout(ids: string, rules: readonly Rule[] = RULES): readonly Rule[] {
  const named = ids
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
  for (const id of named) if (!rules.some((rule) => rule.id === id)) throw unknownRule(id, rules);
  return rules.filter(({ id }) => !named.includes(id));
}

function unknownRule(id: string, rules: readonly Rule[]): UsageError {
  const ids = rules.map((rule) => rule.id);
  return new UsageError({
    code: 'USAGE',
    message: `XGEN_WITHOUT_RULES names "${id}", which is no rule of the table of failures${didYouMean(id, ids)}`,
    hint: 'docs/healing.md lists the rules',
  });
}
