import type { FingerprintInputs, InputSummary } from './fingerprint.ts';

const SHORT_COMMIT = 7;

/**
 * What is different between two builds' inputs, a phrase each, what matters most first: `source 1a2b3c4 → 5d6e7f8`,
 * `Dockerfile`, `base image python:3.14-slim`, `argument X`. Empty where nothing is.
 */
export function changedInputs(before: InputSummary, now: InputSummary): readonly string[] {
  const names = [...new Set([...Object.keys(now), ...Object.keys(before)])];
  const changed = names.filter((name) => before[name] !== now[name]);
  // A base image that is not named any more: what names another one now is said already.
  const told = changed.filter((name) => name in now || fieldOf(name) !== 'baseImages');
  const shown = told.length === 0 ? changed : told;
  return shown
    .toSorted((a, b) => ORDER.indexOf(fieldOf(a)) - ORDER.indexOf(fieldOf(b)))
    .map((name) => phraseOf(name, before[name], now[name]));
}

type Field = keyof FingerprintInputs;

/** A phrase for every input: one that is added must be named here. `name` is what stands behind the field. */
const PHRASES: Readonly<Record<Field, (name: string) => string>> = {
  commit: () => 'source',
  repository: () => 'address of the repository',
  overlay: (name) => name,
  baseImages: (name) => `base image ${name}`,
  args: (name) => `argument ${name}`,
  target: () => 'stage of the Dockerfile',
  platform: () => 'platform',
  context: () => 'folder of the build context',
  submodules: () => 'submodules',
  secretIds: (name) => `secret ${name}`,
  semanticsVersion: () => 'how xgen-build builds',
};

const ORDER: readonly string[] = Object.keys(PHRASES);

function fieldOf(name: string): string {
  return name.split(' ', 1)[0] ?? '';
}

function phraseOf(name: string, before: string | undefined, now: string | undefined): string {
  const field = fieldOf(name);
  const phrase = isField(field) ? PHRASES[field](name.slice(field.length + 1)) : field;
  if (field === 'commit')
    return `${phrase} ${before?.slice(0, SHORT_COMMIT) ?? '?'} → ${now?.slice(0, SHORT_COMMIT) ?? '?'}`;
  if (before === undefined) return `${phrase} (new)`;
  return now === undefined ? `${phrase} (gone)` : phrase;
}

function isField(text: string): text is Field {
  return Object.hasOwn(PHRASES, text);
}
