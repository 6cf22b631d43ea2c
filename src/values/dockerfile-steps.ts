/** One instruction of a Dockerfile. */
export interface DockerfileInstruction {
  /** Its first line, from 1. */
  readonly line: number;
  /** `RUN` */
  readonly keyword: string;
  /** The whole instruction on one line: continuations joined, comments between them dropped, blanks collapsed. */
  readonly text: string;
  /** From 0; -1 before the first FROM. */
  readonly stage: number;
  /** `AS name`; null for a stage without one. */
  readonly stageName: string | null;
  /** As BuildKit counts within the stage: FROM is 1, then those that make a layer; null for the rest. */
  readonly step: number | null;
}

const LAYER_KEYWORDS = new Set(['RUN', 'COPY', 'ADD', 'WORKDIR']);

/** Reads the instructions of a Dockerfile: continuations, comments, the escape directive and here-documents. */
export function readInstructions(dockerfile: string): DockerfileInstruction[] {
  const instructions: DockerfileInstruction[] = [];
  let stage = -1;
  let stageName: string | null = null;
  let step = 0;
  for (const { line, text } of joinLines(dockerfile)) {
    const keyword = (/^\w+/.exec(text)?.[0] ?? '').toUpperCase();
    if (keyword === 'FROM') {
      stage += 1;
      stageName = /\sAS\s+(?<name>\S+)\s*$/i.exec(text)?.groups?.['name'] ?? null;
      step = 0;
    }
    const counts = keyword === 'FROM' || LAYER_KEYWORDS.has(keyword);
    if (counts) step += 1;
    instructions.push({ line, keyword, text, stage, stageName, step: counts ? step : null });
  }
  return instructions;
}

interface JoinedLine {
  readonly line: number;
  readonly text: string;
}

function joinLines(dockerfile: string): JoinedLine[] {
  const lines = dockerfile.replace(/^\uFEFF/, '').split(/\r?\n/);
  const backtick = /^\s*#\s*escape\s*=\s*`\s*$/im.test(lines.slice(0, 5).join('\n'));
  const continued = backtick ? /`\s*$/ : /\\\s*$/;
  const joined: JoinedLine[] = [];
  let open: { line: number; parts: string[] } | null = null;
  for (let index = 0; index < lines.length; index += 1) {
    const text = (lines[index] ?? '').trim();
    if (text === '' || text.startsWith('#')) continue;
    open ??= { line: index + 1, parts: [] };
    open.parts.push(text.replace(continued, ''));
    if (continued.test(text)) continue;
    const whole = collapse(open.parts.join(' '));
    joined.push({ line: open.line, text: whole });
    index = skipHereDocuments({ lines, index, text: whole });
    open = null;
  }
  if (open !== null) joined.push({ line: open.line, text: collapse(open.parts.join(' ')) });
  return joined;
}

/** Index of the last line of the here-documents that an instruction opens; its own where it opens none. */
function skipHereDocuments(at: {
  readonly lines: readonly string[];
  readonly index: number;
  readonly text: string;
}): number {
  if (!/^(?:RUN|COPY|ADD)\s/i.test(at.text)) return at.index;
  let { index } = at;
  for (const match of at.text.matchAll(/<<-?\s*(?<quote>["']?)(?<name>\w+)\k<quote>/g)) {
    const name = match.groups?.['name'];
    const end = at.lines.findIndex((line, number) => number > index && line.trim() === name);
    if (end > 0) index = end;
  }
  return index;
}

function collapse(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/**
 * The instruction that a step of BuildKit is about, by the name that BuildKit gives it: `[builder 3/5] RUN npm ci`.
 * BuildKit puts the values of arguments into the name, so the text need not be equal: position and keyword then tell.
 * Null where it is not in this Dockerfile (an ONBUILD of the base image).
 */
export function findInstruction(dockerfile: string, stepName: string): DockerfileInstruction | null {
  const match = /^\[(?:(?<label>[^\]]*) )?(?<step>\d+)\/\d+\] (?<text>[^]+)$/.exec(stepName);
  if (match?.groups === undefined) return null;
  const text = collapse((match.groups['text'] ?? '').replaceAll(/\\\r?\n/g, ' '));
  const keyword = (/^\w+/.exec(text)?.[0] ?? '').toUpperCase();
  // With several platforms, the platform stands before the stage.
  const label = match.groups['label']?.split(' ').at(-1) ?? null;
  const inStage = readInstructions(dockerfile).filter((one) => one.keyword === keyword && isInStage(one, label));
  const atPosition = inStage.find((one) => one.step === Number(match.groups?.['step']));
  const sameText = inStage.filter((one) => sameInstruction(one.text, text));
  if (atPosition !== undefined && sameText.includes(atPosition)) return atPosition;
  return sameText[0] ?? atPosition ?? null;
}

function isInStage(instruction: DockerfileInstruction, label: string | null): boolean {
  if (label === null) return instruction.stage === 0;
  return instruction.stageName?.toLowerCase() === label.toLowerCase() || label === `stage-${instruction.stage}`;
}

function sameInstruction(written: string, named: string): boolean {
  const rest = (text: string): string => text.replace(/^\w+\s*/, '').replaceAll(' ', '');
  return rest(written) === rest(named);
}
