import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors/xgen-error.ts';
import {
  resolveBuildParameters,
  resolveParameters,
  resolveService,
  type ServiceInput,
} from '../../src/plan/parameters.ts';

const JENKINS = { JENKINS_URL: 'https://jenkins.x2bee.com/' };

function resolve(input: Partial<ServiceInput> = {}): ReturnType<typeof resolveParameters> {
  return resolveParameters({ service: 'xgen-core', flags: {}, environment: {}, ...input });
}

function errorOf(input: Partial<ServiceInput>): UsageError {
  try {
    resolve(input);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('expected a UsageError');
}

describe('without anything given', () => {
  it('every parameter has its default', () => {
    expect(resolve()).toEqual({
      service: 'xgen-core',
      parameters: {
        site: 'main',
        env: ['dev'],
        tag: 'latest',
        arch: 'amd64',
        registry: 'nexus',
        deploy: true,
        noCache: false,
        rebuild: false,
        number: null,
        switchSite: false,
        trigger: 'person',
        jenkinsBuildNumber: null,
      },
    });
  });
});

describe('every parameter', () => {
  it.each([
    [{ site: 'aww' }, { XGEN_SITE: 'aww' }, { SITE: 'aww' }, { site: 'aww' }],
    [{ env: 'prd' }, { XGEN_ENV: 'prd' }, { TARGET_ENV: 'prd' }, { env: ['prd'] }],
    [{ env: 'both' }, { XGEN_ENV: 'both' }, { TARGET_ENV: 'both' }, { env: ['dev', 'prd'] }],
    [{ tag: 'v2' }, { XGEN_TAG: 'v2' }, { TAG: 'v2' }, { tag: 'v2' }],
    [{ arch: 'arm64' }, { XGEN_ARCH: 'arm64' }, { ARCH: 'arm64' }, { arch: 'arm64' }],
    [{ registry: 'local' }, { XGEN_REGISTRY: 'local' }, { PUSH_TO_NEXUS: 'false' }, { registry: 'local' }],
    [{ registry: 'nexus' }, { XGEN_REGISTRY: 'nexus' }, { PUSH_TO_NEXUS: 'true' }, { registry: 'nexus' }],
    [{ deploy: false }, { XGEN_DEPLOY: 'false' }, { DEPLOY: 'false' }, { deploy: false }],
    [{ deploy: true }, { XGEN_DEPLOY: 'yes' }, { DEPLOY: 'true' }, { deploy: true }],
    [{ cache: false }, { XGEN_NO_CACHE: '1' }, { NO_CACHE: 'true' }, { noCache: true }],
    [{}, { XGEN_NO_CACHE: 'no' }, { NO_CACHE: 'false' }, { noCache: false }],
  ])('%j is the same as %j and, inside Jenkins, as %j', (...[flags, xgen, jenkins, expected]) => {
    expect(resolve({ flags }).parameters).toMatchObject(expected);
    expect(resolve({ environment: xgen }).parameters).toMatchObject(expected);
    expect(resolve({ environment: { ...JENKINS, ...jenkins } }).parameters).toMatchObject(expected);
  });

  it.each([
    [{ rebuild: true }, { XGEN_REBUILD: 'true' }, { rebuild: true }],
    [{ switchSite: true }, { XGEN_SWITCH_SITE: 'true' }, { switchSite: true }],
    [{ number: '42' }, { XGEN_NUMBER: '42' }, { number: 42 }],
    [{}, { XGEN_TRIGGER: 'automatic' }, { trigger: 'automatic' }],
    [{ deploy: false }, { XGEN_NO_DEPLOY: 'true' }, { deploy: false }],
  ])('that Jenkins does not know: %j is the same as %j', (flags, environment, expected) => {
    expect(resolve({ environment }).parameters).toMatchObject(expected);
    const hasFlag = Object.keys(flags).length > 0;
    expect(resolve(hasFlag ? { flags } : { environment }).parameters).toMatchObject(expected);
  });

  it('is taken from the flag first, then from XGEN_, then from Jenkins', () => {
    const environment = {
      ...JENKINS,
      XGEN_SITE: 'lotteimall',
      SITE: 'aww',
      XGEN_DEPLOY: 'false',
      XGEN_REGISTRY: 'nexus',
      PUSH_TO_NEXUS: 'false',
    };
    expect(resolve({ environment }).parameters).toMatchObject({ site: 'lotteimall', deploy: false, registry: 'nexus' });
    expect(resolve({ environment, flags: { site: 'main', deploy: true } }).parameters).toMatchObject({
      site: 'main',
      deploy: true,
    });
  });
});

describe("Jenkins' bare names", () => {
  const bare = { TAG: 'v9', ARCH: 'sparc', SITE: 'aww', DEPLOY: 'false', BUILD_NUMBER: '7' };

  it('mean other things on a laptop, and are not read there', () => {
    expect(resolve({ environment: bare }).parameters).toEqual(resolve().parameters);
  });

  it.each([
    [{ JENKINS_URL: 'https://jenkins' }, {}],
    [{ JOB_NAME: 'xgen-core' }, {}],
    [{}, { jenkinsEnv: true }],
    [{ XGEN_JENKINS_ENV: 'true' }, {}],
  ])('count with %j and flags %j', (environment, flags) => {
    const { parameters } = resolve({ environment: { ...bare, ARCH: 'arm64', ...environment }, flags });
    expect(parameters).toMatchObject({ tag: 'v9', arch: 'arm64', site: 'aww', deploy: false });
  });

  it('defect 3: BUILD_NUMBER is recorded and never the number of the build', () => {
    const { parameters } = resolve({ environment: { ...JENKINS, BUILD_NUMBER: '7' } });
    expect(parameters).toMatchObject({ number: null, jenkinsBuildNumber: '7' });
  });
});

describe('the service', () => {
  it.each([
    ['xgen-core', 'xgen-core'],
    ['xgen-build/xgen-core', 'xgen-core'],
    ['a/b/xgen-core', 'xgen-core'],
  ])('of %s is %s, as an argument and as JOB_NAME', (path, service) => {
    expect(resolve({ service: path }).service).toBe(service);
    expect(resolve({ service: null, environment: { JOB_NAME: path } }).service).toBe(service);
  });

  it('of the argument wins over JOB_NAME', () => {
    expect(resolve({ service: 'xgen-core', environment: { JOB_NAME: 'x/xgen-frontend' } }).service).toBe('xgen-core');
  });

  it('must be named', () => {
    expect(errorOf({ service: null })).toMatchObject({ code: 'USAGE', message: 'no service is named' });
    expect(resolveService({ service: null, flags: {}, environment: {} })).toBeNull();
    expect(resolveService({ service: 'a/b', flags: {}, environment: {} })).toBe('b');
  });

  it.each(['', 'xgen-build/', '../xgen-core', 'a/../b', '--help', 'a b', '$(x)', 'Xgen'])(
    '%j is refused',
    (service) => {
      expect(errorOf({ service })).toMatchObject({ code: 'NAME_REFUSED', exitCode: 2 });
    },
  );
});

describe('environments', () => {
  it.each([
    ['dev', ['dev']],
    ['both', ['dev', 'prd']],
    ['prd,dev', ['prd', 'dev']],
    ['stage, prd', ['stage', 'prd']],
  ])('of %j are %j, in order', (env, expected) => {
    expect(resolve({ flags: { env } }).parameters.env).toEqual(expected);
  });

  it.each([
    ['dev,dev', 'USAGE', '--env names "dev" twice'],
    ['', 'NAME_REFUSED', '--env: "" cannot be an environment: it is empty'],
    ['dev,', 'NAME_REFUSED', '--env: "" cannot be an environment: it is empty'],
    ['both,stage', 'NAME_REFUSED', '--env: "both" cannot be an environment: "both" means dev then prd'],
    ['--x', 'NAME_REFUSED', '--env: "--x" cannot be an environment: it begins with "-"'],
  ])('%j are refused', (env, code, message) => {
    expect(errorOf({ flags: { env } })).toMatchObject({ code, message });
  });
});

describe('a value that is not one of its choices', () => {
  it.each([
    [{ arch: 'x86' }, {}, '--arch is "x86", which is not one of amd64, arm64', null],
    [{ arch: 'amd46' }, {}, '--arch is "amd46", which is not one of amd64, arm64', 'did you mean amd64?'],
    [{ registry: 'dockerhub' }, {}, '--registry is "dockerhub", which is not one of nexus, local', null],
    [{}, { XGEN_DEPLOY: 'maybe' }, 'XGEN_DEPLOY is "maybe", which is not one of true, false', null],
    [{}, { XGEN_NO_CACHE: '' }, 'XGEN_NO_CACHE is empty, which is not one of true, false', null],
    [{}, { XGEN_TRIGGER: 'robot' }, 'XGEN_TRIGGER is "robot", which is not one of person, automatic', null],
    [{}, { XGEN_JENKINS_ENV: 'x' }, 'XGEN_JENKINS_ENV is "x", which is not one of true, false', null],
    [{}, { ...JENKINS, PUSH_TO_NEXUS: 'nexus' }, 'PUSH_TO_NEXUS is "nexus", which is not one of true, false', null],
  ])('is an error, not a default: %j %j', (...[flags, environment, message, hint]) => {
    expect(errorOf({ flags, environment })).toMatchObject({ code: 'USAGE', exitCode: 2, message, hint });
  });

  it.each(['0', '-1', '1.5', 'b42', '', '1e3', '042', '1000000000', '٤'])('is %j for --number', (number) => {
    expect(errorOf({ flags: { number } }).message).toMatch(/^--number is .*, which is not a whole number from 1/);
  });

  it('is said for all of them at once', () => {
    const error = errorOf({ flags: { site: '$(x)', arch: 'x86', number: '0' } });
    expect(error).toMatchObject({ code: 'NAME_REFUSED', message: '3 parameters are wrong' });
    expect(error.evidence).toHaveLength(3);
  });
});

describe('names', () => {
  it.each(['--upload-pack=x', '../x', 'a b', '$(x)'])('the site %j is refused before anything runs', (site) => {
    for (const input of [
      { flags: { site } },
      { environment: { XGEN_SITE: site } },
      { environment: { ...JENKINS, SITE: site } },
    ]) {
      expect(errorOf(input)).toMatchObject({ code: 'NAME_REFUSED', exitCode: 2 });
    }
  });

  it('defect 3: a tag that looks like a build number is refused, since bN is never rewritten', () => {
    expect(errorOf({ flags: { tag: 'b42' } }).message).toContain('never moves');
  });

  it('empty variables are errors: a blank TAG would else be another image', () => {
    expect(errorOf({ environment: { ...JENKINS, TAG: '' } }).message).toBe('TAG: "" cannot be a tag: it is empty');
  });
});

it('resolves parameters for commands without a service', () => {
  expect(resolveBuildParameters({ flags: { site: 'aww' }, environment: {} })).toMatchObject({ site: 'aww' });
});
