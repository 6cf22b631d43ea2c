import type { BuildParameters } from '../ports/result.ts';
import { ARCHES } from '../values/arch.ts';
import { SERVICE_NAME, SITE_NAME, TAG_NAME } from '../values/names.ts';
import {
  findGiven,
  fromVariable,
  isJenkins,
  type Given,
  type ParameterInput,
  type ParameterNames,
} from './parameter-sources.ts';
import {
  checkName,
  readChoice,
  readEnvironments,
  readFlag,
  readName,
  readNumber,
  throwProblems,
  type Problem,
} from './read-parameter.ts';

export type { ParameterFlags, ParameterEnvironment, ParameterInput } from './parameter-sources.ts';

export const REGISTRY_CHOICES = ['nexus', 'local'] as const;
export const TRIGGERS = ['person', 'automatic'] as const;

export interface ServiceInput extends ParameterInput {
  /** The service as it was typed: a name, or a Jenkins job path. */
  readonly service: string | null;
}

/**
 * The service and the parameters of a build: flags win over XGEN_ variables, those over Jenkins' own names (inside
 * Jenkins only), those over defaults. Throws a UsageError that says all that is wrong: NAME_REFUSED where a name breaks
 * the rule of its place, else USAGE.
 */
export function resolveParameters(input: ServiceInput): { service: string; parameters: BuildParameters } {
  const problems: Problem[] = [];
  const service = readService(input, problems);
  const parameters = readParameters(input, problems);
  throwProblems(problems);
  return { service, parameters };
}

/** As `resolveParameters`, for a command that is not about one service. */
export function resolveBuildParameters(input: ParameterInput): BuildParameters {
  const problems: Problem[] = [];
  const parameters = readParameters(input, problems);
  throwProblems(problems);
  return parameters;
}

/** The service that was named, by argument or by JOB_NAME inside Jenkins; null where none was. Throws NAME_REFUSED. */
export function resolveService(input: ServiceInput): string | null {
  const given = givenService(input);
  if (given === null) return null;
  const problems: Problem[] = [];
  const service = readService(input, problems);
  throwProblems(problems);
  return service;
}

function readParameters(input: ParameterInput, problems: Problem[]): BuildParameters {
  const given = (option: string, jenkins: string | null = null): Given | null => findGiven(input, { option, jenkins });
  const boolean = (names: ParameterNames, other: boolean): boolean =>
    readFlag(findGiven(input, names), other, problems);
  readFlag(fromVariable(input, 'XGEN_JENKINS_ENV'), false, problems);
  return {
    site: readName(given('site', 'SITE'), { rule: SITE_NAME, other: 'main' }, problems),
    env: readEnvironments(given('env', 'TARGET_ENV'), problems),
    tag: readName(given('tag', 'TAG'), { rule: TAG_NAME, other: 'latest' }, problems),
    arch: readChoice(given('arch', 'ARCH'), { choices: ARCHES, other: 'amd64' }, problems),
    registry: readRegistry(input, problems),
    deploy: readDeploy(input, problems),
    noCache: readNoCache(input, problems),
    rebuild: boolean({ option: 'rebuild', jenkins: null }, false),
    number: readNumber(given('number'), problems),
    switchSite: boolean({ option: 'switch-site', jenkins: null }, false),
    trigger: readChoice(fromVariable(input, 'XGEN_TRIGGER'), { choices: TRIGGERS, other: 'person' }, problems),
    jenkinsBuildNumber: isJenkins(input) ? (input.environment['BUILD_NUMBER'] ?? null) : null,
  };
}

function givenService(input: ServiceInput): Given | null {
  if (input.service !== null) return { from: 'the service', value: input.service };
  return isJenkins(input) ? fromVariable(input, 'JOB_NAME') : null;
}

/** A job path's last part is the service: `xgen-build/xgen-core` is `xgen-core`. */
function readService(input: ServiceInput, problems: Problem[]): string {
  const given = givenService(input);
  if (given === null) {
    problems.push({
      code: 'USAGE',
      message: 'no service is named',
      hint: 'name one of services.yaml, as in: xgen-build xgen-core; xgen-build --help lists commands and options',
    });
    return '';
  }
  const path = String(given.value);
  const isPath = path.includes('/') && !path.split('/').includes('..');
  return checkName({ from: given.from, value: isPath ? (path.split('/').at(-1) ?? '') : path }, SERVICE_NAME, problems);
}

/** Jenkins has a checkbox instead of a choice. */
function readRegistry(input: ParameterInput, problems: Problem[]): 'nexus' | 'local' {
  const own = findGiven(input, { option: 'registry', jenkins: null });
  if (own !== null) return readChoice(own, { choices: REGISTRY_CHOICES, other: 'nexus' }, problems);
  const checkbox = isJenkins(input) ? fromVariable(input, 'PUSH_TO_NEXUS') : null;
  return readFlag(checkbox, true, problems) ? 'nexus' : 'local';
}

/** `--deploy`, `--no-deploy`, XGEN_DEPLOY, XGEN_NO_DEPLOY, DEPLOY. Not to deploy wins where both variables are set. */
function readDeploy(input: ParameterInput, problems: Problem[]): boolean {
  const flag = input.flags['deploy'];
  if (flag !== undefined) return readFlag({ from: '--deploy', value: flag }, true, problems);
  const isRefused = readFlag(fromVariable(input, 'XGEN_NO_DEPLOY'), false, problems);
  const isAsked = readFlag(findGiven(input, { option: 'deploy', jenkins: 'DEPLOY' }), true, problems);
  return isAsked && !isRefused;
}

/** The parser hands `--no-cache` over as `cache: false`. */
function readNoCache(input: ParameterInput, problems: Problem[]): boolean {
  if (input.flags['cache'] === false) return true;
  return readFlag(findGiven(input, { option: 'no-cache', jenkins: 'NO_CACHE' }), false, problems);
}
