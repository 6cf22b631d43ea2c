/**
 * What may stand between two characters of a broken secret: white space, and the escaped line break of JSON (`\n`). A
 * backslash counts as a gap by itself, so that an escaped slash (`\/`) in base64 is a slash.
 */
export const SYMBOL = 0;
/** A letter that is a symbol, except right after a backslash. */
export const ESCAPABLE = 1;
export const SPACE = 2;
export const BACKSLASH = 3;

/** More of this and the text before is no longer taken for the beginning of a secret: memory stays bounded. */
export const LONGEST_GAP = 64;

/** One of the kinds above by UTF-16 unit: a table of numbers, because every character of every log is looked up. */
export const UNIT_KINDS: Uint8Array = unitKinds();

function unitKinds(): Uint8Array {
  const kinds = new Uint8Array(0x1_0000);
  for (const space of ' \t\r\n') kinds[space.charCodeAt(0)] = SPACE;
  for (const letter of 'nrt') kinds[letter.charCodeAt(0)] = ESCAPABLE;
  kinds['\\'.charCodeAt(0)] = BACKSLASH;
  return kinds;
}

export function isGapAt(text: string, index: number): boolean {
  const kind = UNIT_KINDS[text.charCodeAt(index)] ?? SYMBOL;
  if (kind === ESCAPABLE) return index > 0 && text.charAt(index - 1) === '\\';
  return kind !== SYMBOL;
}

/** Where the last `count` symbols before `end` begin. */
export function symbolsBack(text: string, end: number, count: number): number {
  let start = end;
  let left = count;
  for (let index = end - 1; left > 0 && index >= 0; index--) {
    if (isGapAt(text, index)) continue;
    start = index;
    left--;
  }
  return start;
}
