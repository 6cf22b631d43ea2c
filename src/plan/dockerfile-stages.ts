import { BuildError } from '../errors/xgen-error.ts';
import { quote } from '../values/quote.ts';
import { didYouMean } from '../values/suggest.ts';
import { parseInstructions, type Instruction } from '../values/dockerfile-instructions.ts';
import { expandWord, readAssignments, takeFlags, UnresolvedVariable, variablesIn } from './dockerfile-words.ts';

/** An image that a stage names, with where it says so. */
export interface ImageUse {
  /** With build arguments put in; not checked yet, since a stage that nobody needs may name anything. */
  readonly image: string;
  readonly written: string;
  readonly line: number;
}

/** One `FROM` and what follows it. */
export interface Stage {
  readonly index: number;
  /** Lower case; null without `AS`. */
  readonly name: string | null;
  /** An image, or the name of an earlier stage. */
  readonly base: ImageUse;
  /** What `--platform` comes to; null without it. */
  readonly platform: string | null;
  /** What `COPY --from` and `RUN --mount=from` name: an image, an earlier stage or its number. */
  readonly uses: readonly ImageUse[];
  readonly instructions: readonly Instruction[];
}

export interface DockerfileStages {
  readonly stages: readonly Stage[];
  readonly escape: string;
}

type Values = ReadonlyMap<string, string>;

/**
 * The stages of a Dockerfile with the build arguments put in. Throws DOCKERFILE_INVALID with the line where a name
 * cannot be worked out, and where there is no stage.
 */
export function readStages(text: string, args: Readonly<Record<string, string>>): DockerfileStages {
  const { instructions, escape } = parseInstructions(text);
  const global = new Map(platformValues(args));
  const stages: Stage[] = [];
  const first = instructions.findIndex(({ keyword }) => keyword === 'FROM');
  if (first < 0) throw invalid(null, 'it has no FROM');
  for (const instruction of instructions.slice(0, first)) {
    if (instruction.keyword === 'ARG') declare(instruction, { into: global, args, outer: null, escape });
  }
  for (let start = first; start < instructions.length;) {
    const after = instructions.findIndex(({ keyword }, index) => index > start && keyword === 'FROM');
    const end = after < 0 ? instructions.length : after;
    const [from, ...body] = instructions.slice(start, end);
    if (from !== undefined) stages.push(readStage({ from, body, index: stages.length, global, args, escape }));
    start = end;
  }
  return { stages, escape };
}

interface StageInput {
  readonly from: Instruction;
  readonly body: readonly Instruction[];
  readonly index: number;
  readonly global: Values;
  readonly args: Readonly<Record<string, string>>;
  readonly escape: string;
}

function readStage({ from, body, index, global, args, escape }: StageInput): Stage {
  const { flags, words } = takeFlags(from.rest);
  const [image = '', as, name] = words;
  const platform = flags.find(([flag]) => flag === 'platform')?.[1] ?? null;
  const expand = (word: string): string => expandAt(from.line, word, { values: global, escape });
  return {
    index,
    name: as?.toUpperCase() === 'AS' && name !== undefined ? name.toLowerCase() : null,
    base: { image: expand(image), written: image, line: from.line },
    platform: platform === null ? null : platformFrom(platform, global, expand),
    uses: readUses({ body, global, args, escape }),
    instructions: body,
  };
}

/** What the caller did not say of the building machine stays a variable: it is not the platform of the build. */
function platformFrom(written: string, global: Values, expand: (word: string) => string): string {
  const isUnknown = variablesIn(written).some((name) => name.startsWith('BUILD') && !global.has(name));
  return isUnknown ? '$BUILDPLATFORM' : expand(written);
}

function readUses({ body, global, args, escape }: Omit<StageInput, 'from' | 'index'>): readonly ImageUse[] {
  const values = new Map<string, string>();
  const uses: ImageUse[] = [];
  for (const instruction of body) {
    const { keyword, rest, line } = instruction;
    if (keyword === 'ARG') declare(instruction, { into: values, args, outer: global, escape });
    if (keyword === 'ENV') assign(instruction, { values, escape });
    for (const written of sourcesOf(keyword, rest)) {
      uses.push({ image: expandAt(line, written, { values, escape }), written, line });
    }
  }
  return uses;
}

function sourcesOf(keyword: string, rest: string): readonly string[] {
  const { flags } = takeFlags(rest);
  if (keyword === 'COPY' || keyword === 'ADD')
    return flags.flatMap(([name, value]) => (name === 'from' ? [value] : []));
  if (keyword !== 'RUN') return [];
  return flags.flatMap(([name, value]) => {
    const from = name === 'mount' ? /(?:^|,)from=(?<image>[^,]*)/.exec(value)?.groups?.['image'] : undefined;
    return from === undefined ? [] : [from];
  });
}

interface Declaration {
  readonly into: Map<string, string>;
  readonly args: Readonly<Record<string, string>>;
  /** The arguments before the first FROM, for one that a stage takes over; null there themselves. */
  readonly outer: Values | null;
  readonly escape: string;
}

/** The build argument wins over the default, the default over the one before the first FROM. */
function declare({ rest }: Instruction, { into, args, outer, escape }: Declaration): void {
  for (const [name, word] of readAssignments(rest)) {
    const given = Object.hasOwn(args, name) ? args[name] : undefined;
    const fallback = word === null ? outer?.get(name) : tryToExpand(word, { values: into, escape });
    const value = given ?? fallback;
    if (value !== undefined) into.set(name, value);
  }
}

function assign({ rest }: Instruction, { values, escape }: { values: Map<string, string>; escape: string }): void {
  for (const [name, word] of readAssignments(rest)) {
    const value = word === null ? undefined : tryToExpand(word, { values, escape });
    if (value !== undefined) values.set(name, value);
  }
}

/** The arguments that BuildKit sets itself, as far as they follow from TARGETARCH; the caller's own win. */
function platformValues(args: Readonly<Record<string, string>>): Values {
  const arch = args['TARGETARCH'];
  const known = new Map<string, string>();
  if (arch !== undefined) {
    for (const [name, value] of [
      ['TARGETARCH', arch],
      ['TARGETOS', 'linux'],
      ['TARGETVARIANT', ''],
      ['TARGETPLATFORM', `linux/${arch}`],
    ] as const) {
      known.set(name, value);
    }
  }
  for (const [name, value] of Object.entries(args)) if (PLATFORM_ARGUMENT.test(name)) known.set(name, value);
  return known;
}

const PLATFORM_ARGUMENT = /^(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)$/;

/** A value that cannot be worked out is nobody's business unless an image's name needs it. */
function tryToExpand(word: string, expansion: { values: Values; escape: string }): string | undefined {
  try {
    return expandWord(word, expansion);
  } catch (error) {
    if (error instanceof UnresolvedVariable) return undefined;
    throw error;
  }
}

function expandAt(line: number, word: string, expansion: { values: Values; escape: string }): string {
  try {
    return expandWord(word, expansion);
  } catch (error) {
    if (error instanceof UnresolvedVariable) throw invalid(line, error.message);
    throw error;
  }
}

/** Throws DOCKERFILE_INVALID for a name that is empty, or has nothing on one side of a separator. */
export function requireImage({ image, written, line }: ImageUse): void {
  if (image !== '' && !/^[/:@]|[/:@]$|\/\/|\s|:@/.test(image)) return;
  const names = variablesIn(written);
  const why = names.length === 0 ? 'is no image' : `comes to "${image}"; is ${names.join(' or ')} set?`;
  throw invalid(line, `${quote(written)} ${why}`, names.length > 0);
}

/** The stage that a target names, the last one for null. Throws DOCKERFILE_INVALID naming the stages that are there. */
export function findTarget(stages: readonly Stage[], target: string | null): Stage {
  const last = stages.at(-1);
  if (last === undefined) throw invalid(null, 'it has no FROM');
  if (target === null) return last;
  const found = findStage(stages, target);
  if (found !== null) return found;
  const names = stages.flatMap(({ name }) => (name === null ? [] : [name]));
  const there = names.length === 0 ? 'no stage has a name' : `stages are ${names.join(', ')}`;
  throw invalid(null, `it has no stage ${quote(target)}${didYouMean(target, names)} (${there})`);
}

/** A stage by name or number; of two with one name the later one counts. */
export function findStage(stages: readonly Stage[], reference: string): Stage | null {
  const named = stages.findLast(({ name }) => name === reference.toLowerCase());
  return named ?? (/^\d+$/.test(reference) ? (stages[Number(reference)] ?? null) : null);
}

function invalid(line: number | null, why: string, isArgument = false): BuildError {
  return new BuildError({
    code: 'DOCKERFILE_INVALID',
    message: `the Dockerfile${line === null ? '' : `, line ${line}`}: ${why}`,
    hint: isArgument
      ? 'give the ARG a default, or set it under args in config/services.yaml'
      : 'mend the central Dockerfile that services.yaml names for this service',
    facts: { line },
  });
}
