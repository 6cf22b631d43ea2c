/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  /** Upper case: `FROM`. */
  readonly keyword: string;
  /** What follows the keyword, without comments and line breaks; here-documents are left out. */
  readonly rest: string;
  /** Where it begins, from 1. */
  readonly line: number;
}

export interface ParsedDockerfile {
  readonly instructions: readonly Instruction[];
  /** The escape character: a backslash, or a backtick by `# escape=`. */
  readonly escape: string;
}

/**
 * Splits a Dockerfile into instructions by the rules of BuildKit's parser: directives at the top, comments and blank
 * lines (also inside a continued instruction), continued lines, here-documents. Never throws: BuildKit itself says what
 * is wrong with a Dockerfile; this reads what it must know before.
 */
export function parseInstructions(text: string): ParsedDockerfile {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const escape = escapeOf(lines);
  const instructions: Instruction[] = [];
  for (let index = 0; index < lines.length;) {
    const joined = joinLines({ lines, escape }, index);
    const match = /^\s*(?<keyword>[A-Za-z]+)(?:\s+(?<rest>[\s\S]*))?$/.exec(joined.text);
    const keyword = match?.groups?.['keyword']?.toUpperCase();
    if (keyword === undefined) {
      index = joined.next;
      continue;
    }
    const rest = (match?.groups?.['rest'] ?? '').trim();
    instructions.push({ keyword, rest, line: joined.line });
    index = MAY_HOLD_DOCUMENTS.has(keyword) ? afterDocuments(lines, joined.next, rest) : joined.next;
  }
  return { instructions, escape };
}

const MAY_HOLD_DOCUMENTS = new Set(['RUN', 'COPY', 'ADD']);

/** Directives stand before anything else, comments included. */
function escapeOf(lines: readonly string[]): string {
  for (const line of lines) {
    const match = /^\s*#\s*(?<name>[A-Za-z][\w-]*)\s*=\s*(?<value>.*?)\s*$/.exec(line);
    if (match === null) return '\\';
    if (match.groups?.['name']?.toLowerCase() === 'escape') return match.groups['value'] === '`' ? '`' : '\\';
  }
  return '\\';
}

interface Joined {
  readonly text: string;
  readonly line: number;
  /** Index of the line after it. */
  readonly next: number;
}

function joinLines({ lines, escape }: { lines: readonly string[]; escape: string }, start: number): Joined {
  const parts: string[] = [];
  let line = start + 1;
  let index = start;
  for (; index < lines.length; index += 1) {
    const text = lines[index] ?? '';
    if (/^\s*(?:#|$)/.test(text)) {
      if (parts.length === 0) return { text: '', line, next: index + 1 };
      continue;
    }
    if (parts.length === 0) line = index + 1;
    const continued = continuation(text, escape);
    parts.push(continued ?? text);
    if (continued === null) return { text: parts.join(''), line, next: index + 1 };
  }
  return { text: parts.join(''), line, next: index };
}

/** The line without its escape character at the end (blanks may follow it); null where it does not go on. */
function continuation(text: string, escape: string): string | null {
  const trimmed = text.trimEnd();
  return trimmed.endsWith(escape) ? trimmed.slice(0, -1) : null;
}

/** The index after the here-documents that an instruction opens; one that never ends is none. */
function afterDocuments(lines: readonly string[], next: number, rest: string): number {
  let index = next;
  for (const { name, stripTabs } of documentsOf(rest)) {
    const end = lines.findIndex((line, at) => at >= index && (stripTabs ? line.replace(/^\t+/, '') : line) === name);
    if (end < 0) return next;
    index = end + 1;
  }
  return index;
}

/** `<<EOF`, `<<-EOF`, `<<"EOF"`, `3<<EOF`: a word of its own outside quotes. */
function documentsOf(rest: string): readonly { readonly name: string; readonly stripTabs: boolean }[] {
  return rest.split(/\s+/).flatMap((word) => {
    const match = /^\d*<<(?<dash>-?)(?<quote>["']?)(?<name>[A-Za-z_][\w.-]*)\k<quote>$/.exec(word);
    const name = match?.groups?.['name'];
    return name === undefined ? [] : [{ name, stripTabs: match?.groups?.['dash'] === '-' }];
  });
}
