import { z } from 'zod';
import { DURATION_EXAMPLES, DURATION_PATTERN, parseDurationMs } from '../values/duration.ts';
import { describeNameProblem, type NameRule } from '../values/names.ts';
import { quote } from '../values/quote.ts';

/*
 * The fields that the three schemas are made of. A description says what a key means, its unit, and ends with
 * `Default: …` where the default is worked out from something else; fixed defaults are the schema's own.
 */

type Problem = (text: string) => string | null;

/** Text that a function checks; `pattern` is for editors alone, which cannot call it. */
export function checkedText(problem: Problem, pattern?: RegExp): z.ZodString {
  const schema = z.string().superRefine((text, context) => {
    const message = problem(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });
  return pattern === undefined ? schema : schema.meta({ pattern: pattern.source });
}

/** A name by the rule of the place that it goes to. */
export function name(rule: NameRule): z.ZodString {
  return checkedText((text) => describeNameProblem(rule, text), rule.pattern);
}

/** A path that `problem` checks. */
export function path(problem: Problem): z.ZodString {
  return checkedText((text) => {
    const reason = problem(text);
    return reason === null ? null : `${quote(text)} cannot be used: ${reason}`;
  });
}

export function wholeNumber(from: number, to: number): z.ZodInt {
  const error = `expected a whole number from ${from} to ${to}`;
  return z.int({ error }).min(from, { error }).max(to, { error });
}

/** A duration, kept in milliseconds. */
export function duration() {
  return z
    .string({ error: `expected ${DURATION_EXAMPLES}` })
    .transform((text, context) => {
      const durationMs = parseDurationMs(text);
      if (durationMs !== null) return durationMs;
      context.addIssue({ code: 'custom', message: `expected ${DURATION_EXAMPLES}, from 1s to 24h` });
      return z.NEVER;
    })
    .meta({ pattern: DURATION_PATTERN.source });
}

/** A list without doubles. */
export function namesList(rule: NameRule) {
  return z
    .array(name(rule))
    .superRefine((names, context) => {
      for (const [index, text] of names.entries()) {
        if (names.indexOf(text) === index) continue;
        context.addIssue({ code: 'custom', path: [index], message: `"${text}" is there twice` });
      }
    })
    .meta({ uniqueItems: true });
}
