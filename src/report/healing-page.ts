import type { FailureClass } from '../errors/diagnosis.ts';
import { LIMITS } from '../healing/ladder.ts';
import type { Rule } from '../healing/rule.ts';
import { RULES } from '../healing/rules.ts';
import { markdownTable } from './markdown-table.ts';

const CLASSES: readonly (readonly [FailureClass, title: string, text: string])[] = [
  ['permanent', 'Permanent: no second try', 'The same again would end the same way; the error says what to mend.'],
  [
    'transient',
    'Passing trouble: wait, then again',
    `The cache is kept. Waits double from one second on, with a part of chance, at most ${LIMITS.transientTries} tries; what a registry asks to wait (Retry-After) is waited, up to ${LIMITS.retryAfterMs / 60_000} minutes. An engine that went away is waited for until it answers.`,
  ],
  [
    'damage',
    'Damage of cache or store',
    'Where ① stands, once more as before; then the cache is emptied and all is built without it; then the base images and what was built on them go too, and are pulled anew. Each only after the one before ended in damage again. What is left then only a person can do: the error names the command.',
  ],
  [
    'disk-full',
    'Full disk of the engine',
    'The older half of the cache goes, the newer is kept; once more, with a warning.',
  ],
  [
    'memory',
    'Too little memory',
    'Once more with no other build beside it; then it is an error that says how much memory the engine has.',
  ],
];

/** The text of `docs/healing.md`: what is done about which failure. */
export function healingPage(): string {
  const sections = CLASSES.flatMap(([kind, title, text]) => ['', `## ${title}`, '', text, '', ...tableOf(kind)]);
  return [...HEAD, ...sections, ''].join('\n');
}

function tableOf(kind: FailureClass): readonly string[] {
  const rules = RULES.filter((rule) => rule.class === kind);
  const rows = rules.map((rule) => [
    `\`${rule.id}\`${rule.retryFirst === true ? ' ①' : ''}`,
    rule.means,
    sampleOf(rule),
    rule.source,
  ]);
  return markdownTable(['rule', 'means', 'for example', 'source'], rows);
}

const LONGEST_SAMPLE = 90;
/** What an engine puts in front of every error of a Dockerfile. */
const PREFIX = /^failed to solve with frontend \S+ (?:failed to create LLB definition: )?/;

function sampleOf({ samples }: Rule): string {
  const text = (samples[0]?.text ?? '').replace(PREFIX, '');
  if (text === '') return '';
  const short = text.length > LONGEST_SAMPLE ? `${text.slice(0, LONGEST_SAMPLE)}…` : text;
  return `\`${short.replaceAll('|', String.raw`\|`)}\``;
}

const HEAD = [
  '# Healing',
  '',
  'Written by `scripts/generate-docs.ts` from the table of failures in `src/healing/`.',
  '',
  'A build or push that fails is looked up in one table, by the error of the builder, engine or registry itself. What a',
  'step prints is never looked at: a compiler may print any words. The first rule that matches decides, permanent ones',
  'first. What no rule knows is an unknown failure: it is quoted, and not tried again.',
  '',
  '```',
  '! build        cache damaged (layer does not exist) · pruned 1.2 GB · built again                48.1s',
  '```',
  '',
  'Each try that failed is in the result (`attempts`), with its rule, evidence and remedy, and in the log at its place.',
  '`XGEN_WITHOUT_RULES=layer-missing,rate-limit` takes rules out of the table, to find out whether one helps or harms.',
  '',
  '## Builds beside one another',
  '',
  'The cache is emptied by one that has the engine alone: it waits for the builds that run, and new ones wait for it,',
  'whatever machine or state directory they come from. The turns are kept in the engine, as empty volumes',
  '`xgen-build-share-…`, `xgen-build-reserve-…`, `xgen-build-choosing-…` and `xgen-build-ticket-…` with the label',
  '`io.xgen-build.turn`. A build that was killed leaves some behind; the next build that sees them removes them: at once',
  'on the same machine, elsewhere after a minute without a beat. What steps mount as a cache for themselves',
  '(`RUN --mount=type=cache`) is spared as long as the layers alone may be what is damaged.',
];
