import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'fast-string-width';

const TAB = '    ';
const ELLIPSIS = '…';
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/**
 * One line of text from outside, made harmless for a terminal: without control sequences and control characters (a
 * build could move the cursor, rename the window or overwrite lines), and without marks that turn the direction of
 * writing. Of a line that overwrites itself with `\r`, as progress bars do, what was written last.
 */
export function cleanLine(text: string): string {
  const line = text.replace(/[\r\n]+$/, '');
  return stripControls(line.slice(line.lastIndexOf('\r') + 1));
}

/** Text from outside as one line: line breaks become spaces. */
export function oneLine(text: string): string {
  return stripControls(text.trim().replaceAll(/\s*[\r\n]+\s*/g, ' '));
}

function stripControls(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text;
  return stripVTControlCharacters(text)
    .replaceAll('\t', TAB)
    .replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '');
}

/** How many columns a text takes; East Asian characters take two. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** The text, cut with `…` where it is wider than `columns`. */
export function fitWidth(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return '';
  return takeColumns(text, columns - 1).trimEnd() + ELLIPSIS;
}

/** The text with spaces up to `columns`; unchanged where it is wider. */
export function padWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** The text in lines of at most `columns`, broken between words where there are any. At least one line. */
export function wrapWidth(text: string, columns: number): readonly string[] {
  const room = Math.max(2, columns);
  const lines: string[] = [];
  let rest = text.trimEnd();
  for (;;) {
    const piece = takeColumns(rest, room) || firstGrapheme(rest);
    if (piece.length === rest.length) return [...lines, rest];
    const space = rest.charAt(piece.length) === ' ' ? piece.length : piece.lastIndexOf(' ');
    const isBreakUseful = space > piece.length / 3;
    lines.push((isBreakUseful ? piece.slice(0, space) : piece).trimEnd());
    rest = isBreakUseful ? rest.slice(space + 1) : rest.slice(piece.length);
  }
}

/** The text in lines of at most `columns`, broken between words alone: a longer word, as a URL, stays whole. */
export function foldWords(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** The longest beginning that fits; empty where even the first character is wider. */
function takeColumns(text: string, columns: number): string {
  if (PRINTABLE_ASCII.test(text)) return text.slice(0, Math.max(0, columns));
  let taken = '';
  let width = 0;
  for (const { segment } of graphemesOf(text)) {
    width += widthOf(segment);
    if (width > columns) break;
    taken += segment;
  }
  return taken;
}

function firstGrapheme(text: string): string {
  for (const { segment } of graphemesOf(text)) return segment;
  return '';
}

/** Made when it is needed: it loads tables, which costs start-up time. */
function graphemesOf(text: string): Intl.Segments {
  return new Intl.Segmenter().segment(text);
}
