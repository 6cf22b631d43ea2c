import { LineCounter, parseDocument, type YAMLError } from 'yaml';
import { buildTree } from './build-tree.ts';
import type { YamlTree } from './yaml-tree.ts';
import type { Fault } from './fault.ts';

/** A configuration file is a few hundred lines; a bound keeps hostile ones from taking the machine. */
const LARGEST_BYTES = 1_048_576;
const MOST_SYNTAX_FAULTS = 10;

export interface YamlReading {
  /** Null where the text is no YAML mapping; then `faults` says why. */
  readonly tree: YamlTree | null;
  readonly faults: readonly Fault[];
  readonly positionOf: (offset: number) => { readonly line: number; readonly column: number };
}

/** Reads one YAML document. Never throws: whatever is wrong becomes a fault with its place. */
export function readYaml(bytes: Uint8Array): YamlReading {
  const lines = new LineCounter();
  const positionOf = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const refuse = (message: string): YamlReading => ({ tree: null, faults: [fault(message)], positionOf });
  const text = decode(bytes);
  if (typeof text !== 'string') return refuse(text.problem);
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: 'error',
    });
    const syntax = [...document.errors, ...document.warnings].slice(0, MOST_SYNTAX_FAULTS).map(describe);
    if (syntax.length > 0) return { tree: null, faults: syntax, positionOf };
    const { tree, faults } = buildTree(document.contents);
    if (tree?.kind === 'scalar' && tree.value === null) return refuse('the file is empty; expected a mapping of keys');
    if (tree !== null && tree.kind !== 'mapping') return refuse(`expected a mapping of keys, found a ${tree.kind}`);
    return { tree, faults, positionOf };
  } catch (error) {
    // The parser is recursive: thousands of open brackets exhaust its stack.
    if (error instanceof RangeError) return refuse('the file is nested too deeply');
    throw error;
  }
}

function fault(message: string, offset: number | null = null): Fault {
  return { path: [], offset, message };
}

function describe(error: YAMLError): Fault {
  return fault(SYNTAX_MESSAGES[error.code] ?? `not valid YAML: ${firstLine(error.message)}`, error.pos[0]);
}

const SYNTAX_MESSAGES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab is used to indent; YAML takes spaces only',
  MULTIPLE_DOCS: 'a second document begins here ("---"); the file holds one',
  RESOURCE_EXHAUSTION: 'nested too deeply',
  TAG_RESOLVE_FAILED: 'a YAML tag ("!…") is not used here',
};

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, 200);
}

/** A byte order mark of UTF-8 is allowed and dropped: some editors write one. */
function decode(bytes: Uint8Array): string | { readonly problem: string } {
  if (bytes.byteLength > LARGEST_BYTES) return { problem: 'the file is larger than 1 MiB' };
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (isUtf16) return { problem: 'the file is UTF-16; save it as UTF-8' };
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { problem: 'the file is not UTF-8; save it as UTF-8' };
  }
}
