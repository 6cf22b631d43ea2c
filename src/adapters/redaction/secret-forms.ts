import { base64Forms, nestedBase64Forms } from './base64-forms.ts';

/** Shorter secrets are ignored: they would redact half of every log. In characters. */
export const SHORTEST_SECRET = 4;
/** Lines of a secret of several lines that are long enough to be secrets of their own. In characters. */
const SHORTEST_LINE = 8;
/** The base64 of the base64 of less would be found in what is none. In characters. */
const SHORTEST_NESTED = 8;
/** Above this length a secret of several lines is found by its lines alone, and rare encodings are left out. */
const LARGE_SECRET = 4096;

/** A form that may be broken by white space. */
export interface GappedForm {
  readonly text: string;
  /** True: only gaps with a line break count, so that `hello world` is not taken for the secret `helloworld`. */
  readonly needsLineBreak: boolean;
}

/** Every text under which a secret is recognised. */
export interface SecretForms {
  /** Found as they are. */
  readonly exact: readonly string[];
  /** Found also with white space between any two characters. */
  readonly gapped: readonly GappedForm[];
}

/**
 * The forms of one secret: raw, URL-encoded, JSON-, HTML- and shell-escaped, base64 and base64url at every alignment,
 * broken over lines; and the same for each of its lines. Empty for a secret that is too short.
 */
export function formsOf(secret: string): SecretForms {
  const trimmed = secret.replace(/^[\r\n]+/, '').replace(/[\r\n]+$/, '');
  const exact = new Set<string>();
  const gapped = new Map<string, GappedForm>();
  for (const part of partsOf(trimmed)) {
    const isLarge = trimmed.length > LARGE_SECRET;
    const nested = isLarge || part.length < SHORTEST_NESTED ? [] : nestedBase64Forms(part);
    const base64 = [...base64Forms(part, isLarge ? 'standard' : 'all'), ...nested];
    for (const form of isLarge ? [part] : [...escapedForms(part), ...base64]) exact.add(form);
    for (const text of base64) gapped.set(text, { text, needsLineBreak: false });
    const folded = foldedForm(part);
    if (folded !== null && !gapped.has(folded.text)) gapped.set(folded.text, folded);
  }
  return { exact: [...exact], gapped: [...gapped.values()] };
}

/** The secret and its lines. Also an escaped `\n` ends a line: keys inside JSON files are written so. */
function partsOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n|\\r|\\n/).map((line) => line.trim());
  const isWholeWanted = secret.length >= SHORTEST_SECRET && (lines.length === 1 || secret.length <= LARGE_SECRET);
  const ownLines = lines.length === 1 ? [] : lines.filter((line) => line.length >= SHORTEST_LINE && !isPemFrame(line));
  return [...new Set([...(isWholeWanted ? [secret] : []), ...ownLines])];
}

/** `-----BEGIN CERTIFICATE-----` stands in every log about certificates and is no secret. */
function isPemFrame(line: string): boolean {
  return /^-----(?:BEGIN|END) [A-Z0-9 ]+-----$/.test(line);
}

function foldedForm(part: string): GappedForm | null {
  const text = part.replaceAll(/[ \t\r\n]/g, '');
  if (text.length < SHORTEST_LINE || text.includes('\\')) return null;
  return { text, needsLineBreak: text.length === part.length };
}

function escapedForms(raw: string): readonly string[] {
  const json = JSON.stringify(raw).slice(1, -1);
  return [raw, json, ...jsonForms(json), ...urlForms(raw), ...htmlForms(raw), ...shellForms(raw)];
}

function jsonForms(json: string): readonly string[] {
  const ascii = json.replaceAll(/[^\x20-\x7e]/g, unicodeEscape);
  const htmlSafe = json.replaceAll(/[<>&]/g, unicodeEscape);
  const slashes = ascii.replaceAll('/', '\\/');
  return [ascii, htmlSafe, slashes, upperHex(ascii), upperHex(htmlSafe), JSON.stringify(json).slice(1, -1)];
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function upperHex(json: string): string {
  return json.replaceAll(/\\u[0-9a-f]{4}/g, (escape) => `\\u${escape.slice(2).toUpperCase()}`);
}

/** The characters that URL encoders leave alone besides letters and digits: each encoder has an opinion of its own. */
const URL_SAFE = [
  '',
  '-._~', // RFC 3986, git
  "-._~!'()*", // encodeURIComponent
  "-._~!'()*;/?:@&=+$,#", // encodeURI
  '-._~$&+,;=', // user information in Go's net/url
  '-._*', // forms
  '-._~/', // Python's quote
] as const;

function urlForms(raw: string): readonly string[] {
  return URL_SAFE.flatMap((safe) => {
    const upper = percentEncode(raw, safe);
    const lower = upper.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
    return [upper, lower, upper.replaceAll('%20', '+'), lower.replaceAll('%20', '+')];
  });
}

function percentEncode(raw: string, safe: string): string {
  let encoded = '';
  for (const character of raw) {
    const isSafe = /^[A-Za-z0-9]$/.test(character) || safe.includes(character);
    encoded += isSafe
      ? character
      : Buffer.from(character, 'utf8').toString('hex').toUpperCase().replaceAll(/../g, '%$&');
  }
  return encoded;
}

function htmlForms(raw: string): readonly string[] {
  const base = raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [
    base,
    base.replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
    base.replaceAll('"', '&quot;').replaceAll("'", '&#x27;'),
    base.replaceAll('"', '&#34;').replaceAll("'", '&#39;'),
  ];
}

/** As `set -x` and quoting by hand print a single quote; and a dollar sign or quote escaped inside double quotes. */
function shellForms(raw: string): readonly string[] {
  return [
    raw.replaceAll("'", String.raw`'\''`),
    raw.replaceAll("'", `'"'"'`),
    raw.replaceAll(/["$`\\]/g, String.raw`\$&`),
  ];
}
