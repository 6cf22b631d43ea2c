import { findInstruction, type DockerfileInstruction } from '../values/dockerfile-steps.ts';
import { baseFailed, baseLimited, baseMissing, baseRefused, baseUnreachable } from './base-image-verdicts.ts';
import { firstLine, type BuildFailure, type Found, type Verdict } from './build-verdict.ts';
import {
  emptyDockerfile,
  refused,
  secretMissing,
  sourceMissing,
  sourcesMissing,
  stepFailed,
  targetMissing,
  unparsable,
} from './step-verdicts.ts';
import { BuildError } from './xgen-error.ts';

interface Row {
  readonly pattern: RegExp;
  /** Which steps it is about; any, where it is not said. */
  readonly at?: RegExp;
  readonly verdict: (found: Found) => Verdict;
}

/** Steps that ask a registry for an image. */
const BASE_STEP = /\bload metadata for |\bFROM |^resolve image config for /;
/** `Dockerfile` of a RUN that ended by itself, in the words of engine 20.10 and of 28. */
const RUN_ENDED =
  /(?:executor failed running \[[^]*\]|process "[^]*" did not complete successfully): exit code: (?<exitCode>\d+)\s*$/;

/**
 * The one place where texts of the builder are matched. The first row that matches decides, so a row for what a step's
 * command may hold itself stands first. Samples of real engines are in the test beside it.
 */
const TABLE: readonly Row[] = [
  { pattern: RUN_ENDED, verdict: stepFailed },
  { pattern: /executor failed running \[|" did not complete successfully: /, verdict: stepFailed },
  { pattern: /secret (?<id>[^\s:]+):? not found/, at: / RUN /, verdict: secretMissing },
  {
    pattern:
      /failed to (?:compute cache key|calculate checksum)[^]*?"(?<path>\/[^"]*)"(?:: | )not found|"(?<path2>\/[^"]*)"(?:: | )not found: not found/,
    verdict: sourceMissing,
  },
  { pattern: /no source files were specified/, verdict: sourcesMissing },
  { pattern: /dockerfile parse error (?:on )?line (?<line>\d+): (?<what>[^]*)/i, verdict: unparsable },
  {
    pattern:
      /pull access denied|insufficient_scope|no basic auth credentials|unauthorized|\b401\b|\b403\b|forbidden|denied:/i,
    at: BASE_STEP,
    verdict: baseRefused,
  },
  {
    pattern: /: not found\s*$|manifest unknown|name unknown|no match for platform/i,
    at: BASE_STEP,
    verdict: baseMissing,
  },
  { pattern: /\b429\b|toomanyrequests/i, at: BASE_STEP, verdict: baseLimited },
  { pattern: /unexpected status[^]*\b5\d\d\b|status code \[[^\]]*\]: 5\d\d/i, at: BASE_STEP, verdict: baseFailed },
  {
    pattern:
      /dial tcp|no such host|connection refused|connection reset|i\/o timeout|timeout|x509:|HTTP response to HTTPS|EOF/i,
    at: BASE_STEP,
    verdict: baseUnreachable,
  },
  { pattern: /no space left on device/i, verdict: diskFull },
  {
    pattern:
      /failed to read dockerfile: open \S*: no such file|the Dockerfile cannot be empty|file with no instructions/i,
    verdict: emptyDockerfile,
  },
  { pattern: /target stage "?(?<target>[^"\s]+)"? could not be found/i, verdict: targetMissing },
  { pattern: /failed to create LLB definition: (?<what>[^]*)/, verdict: refused },
  {
    pattern: /failed to solve: (?<what>base name \([^]*|circular dependency[^]*|[^]*should not be blank[^]*)/,
    verdict: refused,
  },
];

/** What a failed build means, in words for the person who reads it. */
export function classifyBuildFailure(failure: BuildFailure): BuildError {
  const instruction = failure.step === null ? null : findInstruction(failure.dockerfile, failure.step.name);
  const verdict = findVerdict(failure, instruction) ?? builderFailed(failure);
  const isStep = verdict.code === 'BUILD_FAILED' && failure.step !== null && failure.step.output.length > 0;
  return new BuildError({
    ...verdict,
    evidence: isStep ? (failure.step?.output ?? []) : evidenceLines(failure.message),
    facts: {
      ...verdict.facts,
      step: failure.step?.name ?? null,
      line: instruction?.line ?? verdict.facts?.['line'] ?? null,
    },
  });
}

function findVerdict(failure: BuildFailure, instruction: DockerfileInstruction | null): Verdict | null {
  for (const row of TABLE) {
    const match = row.pattern.exec(failure.message);
    if (match === null || (row.at !== undefined && !row.at.test(failure.step?.name ?? ''))) continue;
    return row.verdict({ groups: match.groups ?? {}, failure, instruction });
  }
  return null;
}

function evidenceLines(message: string): string[] {
  return message
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(-20);
}

function diskFull(): Verdict {
  return {
    code: 'DISK_FULL',
    message: 'the disk of the Docker engine is full',
    hint: 'make room there: `docker system df` says what takes it',
  };
}

function builderFailed(failure: BuildFailure): Verdict {
  return {
    code: 'BUILDER_FAILED',
    message: `the builder failed: ${firstLine(failure.message)}`,
    hint: 'run the command again; if it stays so, look at the log of the engine (journalctl -u docker)',
  };
}
