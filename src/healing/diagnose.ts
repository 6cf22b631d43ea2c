import type { Diagnosis } from '../errors/diagnosis.ts';
import { BuildError, RegistryError, XgenError } from '../errors/xgen-error.ts';
import { findInstruction, type DockerfileInstruction } from '../values/dockerfile-steps.ts';
import { builderFailed } from './engine-verdicts.ts';
import {
  quotable,
  stepOf,
  withoutSaid,
  type BuildFailure,
  type Failure,
  type PushFailure,
  type Verdict,
} from './failure.ts';
import { pushUnknown } from './push-verdicts.ts';
import type { Rule } from './rule.ts';

/** What a failed build means, in words for the person who reads it, and what may be done about it. */
export function classifyBuildFailure(failure: BuildFailure, rules: readonly Rule[]): BuildError {
  const instruction = failure.step === null ? null : findInstruction(failure.dockerfile, failure.step.name);
  const { verdict, diagnosis } = judge({ failure, instruction, rules });
  const isStep = verdict.code === 'BUILD_FAILED' && failure.step !== null && failure.step.output.length > 0;
  return new BuildError({
    ...verdict,
    diagnosis,
    evidence: isStep ? withoutSaid(failure.step?.output ?? []) : evidenceLines(failure.message),
    facts: {
      ...verdict.facts,
      step: failure.step?.name ?? null,
      line: instruction?.line ?? verdict.facts?.['line'] ?? null,
    },
  });
}

/** The same for a push by the engine. */
export function classifyPushFailure(failure: PushFailure, rules: readonly Rule[]): RegistryError {
  const { verdict, diagnosis } = judge({ failure, instruction: null, rules });
  return new RegistryError({
    ...verdict,
    diagnosis,
    facts: { registry: failure.host, image: failure.reference },
    evidence: [failure.message],
  });
}

interface Case {
  readonly failure: Failure;
  readonly instruction: DockerfileInstruction | null;
  readonly rules: readonly Rule[];
}

function judge({ failure, instruction, rules }: Case): { verdict: Verdict; diagnosis: Diagnosis } {
  for (const rule of rules) {
    const match = matchOf(rule, failure);
    if (match === null) continue;
    const verdict = rule.verdict({ groups: match.groups ?? {}, failure, instruction });
    return { verdict, diagnosis: diagnosisBy(rule, quotable(failure.message)) };
  }
  const unknown = failure.during === 'build' ? builderFailed : pushUnknown;
  const verdict = unknown({ groups: {}, failure, instruction });
  return { verdict, diagnosis: unknownFailure(quotable(failure.message)) };
}

function matchOf(rule: Rule, failure: Failure): RegExpExecArray | null {
  if (rule.pattern === undefined) return null;
  if (rule.during !== undefined && rule.during !== failure.during) return null;
  if (failure.during === 'build' && rule.at !== undefined && !rule.at.test(stepOf(failure)?.name ?? '')) return null;
  return rule.pattern.exec(rule.quotesCommand === true ? failure.message : withoutCommand(failure.message));
}

/** A builder quotes the command of a RUN in front of its error: its words are not the builder's. */
function withoutCommand(message: string): string {
  return message.replace(/executor failed running \[[^]*\]: |process "[^]*" did not complete successfully: /, '');
}

/** What the table says of the engine's answer to some other call, as a build's own error. */
export function diagnoseText(message: string, rules: readonly Rule[]): Diagnosis {
  return judge({ failure: { during: 'build', message, step: null, dockerfile: '' }, instruction: null, rules })
    .diagnosis;
}

/** What the table says of an error: what its text was found to be, else what its code is. Null: nothing. */
export function diagnosisOf(error: unknown, rules: readonly Rule[]): Diagnosis | null {
  if (!(error instanceof XgenError)) return null;
  if (error.diagnosis !== null) return error.diagnosis;
  const rule = rules.find(({ codes }) => codes?.includes(error.code) === true);
  return rule === undefined ? null : diagnosisBy(rule, quotable(error.evidence[0] ?? error.message));
}

/** The rule for an answer of a registry to a request of this program's own, or for a request without one. */
export function ruleForAnswer(rules: readonly Rule[], status: number): Rule | null {
  return rules.find(({ statuses }) => statuses?.(status) === true) ?? null;
}

export function ruleForTransport(rules: readonly Rule[], kind: string): Rule | null {
  return rules.find(({ transport }) => transport?.includes(kind) === true) ?? null;
}

export function diagnosisBy(rule: Rule, evidence: string, retryAfterMs: number | null = null): Diagnosis {
  return {
    rule: rule.id,
    class: rule.class,
    title: rule.title,
    evidence,
    remedy: rule.remedy,
    retryFirst: rule.retryFirst ?? false,
    cacheMounts: rule.cacheMounts ?? false,
    tries: rule.tries ?? null,
    retryAfterMs,
  };
}

function unknownFailure(evidence: string): Diagnosis {
  return {
    rule: 'unknown',
    class: 'permanent',
    title: 'unknown failure',
    evidence,
    remedy: 'none',
    retryFirst: false,
    cacheMounts: false,
    tries: null,
    retryAfterMs: null,
  };
}

function evidenceLines(message: string): string[] {
  return message
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(-20);
}
