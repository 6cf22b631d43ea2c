import { parseInstructions } from './dockerfile-instructions.ts';

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

/** The instructions of a Dockerfile with their stage, and their place in it as BuildKit counts. */
export function readInstructions(dockerfile: string): DockerfileInstruction[] {
  const instructions: DockerfileInstruction[] = [];
  let stage = -1;
  let stageName: string | null = null;
  let step = 0;
  for (const { line, keyword, rest } of parseInstructions(dockerfile).instructions) {
    const text = collapse(`${keyword} ${rest}`);
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
