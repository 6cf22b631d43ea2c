import { describe, expect, it } from 'vitest';
import {
  BRANCH_NAME,
  BUILD_ARGUMENT,
  COMPOSE_PROJECT,
  CONTEXT_NAME,
  CREDENTIAL_ID,
  describeNameProblem,
  ENVIRONMENT_NAME,
  KUBERNETES_LABEL,
  KUBERNETES_NAME,
  nameProblem,
  PROJECT_NAME,
  REPOSITORY_NAME,
  requireName,
  SECRET_ID,
  SERVICE_NAME,
  SITE_NAME,
  STAGE_NAME,
  TAG_NAME,
  VARIABLE_NAME,
} from '../../src/values/names.ts';

const ALL = [
  BRANCH_NAME,
  BUILD_ARGUMENT,
  COMPOSE_PROJECT,
  CONTEXT_NAME,
  CREDENTIAL_ID,
  ENVIRONMENT_NAME,
  KUBERNETES_LABEL,
  KUBERNETES_NAME,
  PROJECT_NAME,
  REPOSITORY_NAME,
  SECRET_ID,
  SERVICE_NAME,
  SITE_NAME,
  STAGE_NAME,
  TAG_NAME,
  VARIABLE_NAME,
];

describe('every rule', () => {
  const hostile = [
    '--upload-pack=x',
    '-x',
    '../x',
    'x/../y',
    '..',
    'a b',
    'a\tb',
    'a\nb',
    'a\0b',
    'a\u001B[2Jb',
    'a\u202Eb',
    '$(x)',
    '`x`',
    'a;b',
    'a|b',
    'a&b',
    'a>b',
    "a'b",
    'a"b',
    'a\\b',
    'a*b',
    'a?b',
    '{a,b}',
    '',
    'x'.repeat(1000),
  ];
  it.each(hostile)('refuses %j', (text) => {
    for (const rule of ALL) expect([rule.what, nameProblem(rule, text)]).not.toEqual([rule.what, null]);
  });
});

describe('each rule', () => {
  it.each([
    [SITE_NAME, 'main'],
    [SITE_NAME, 'lotteimall'],
    [SITE_NAME, 'site-2.kr'],
    [PROJECT_NAME, 'xgen'],
    [SERVICE_NAME, 'xgen-mcp-station'],
    [SERVICE_NAME, 'constructor'],
    [ENVIRONMENT_NAME, 'stage-2'],
    [BRANCH_NAME, 'release/aww'],
    [BRANCH_NAME, '기능/로그인'],
    [REPOSITORY_NAME, 'xgen2.0/backend'],
    [TAG_NAME, 'v1.2.3'],
    [TAG_NAME, 'latest'],
    [KUBERNETES_NAME, 'xgen.core-2'],
    [KUBERNETES_LABEL, 'xgen'],
    [COMPOSE_PROJECT, 'xgen_dev'],
    [CREDENTIAL_ID, 'aww-nexus-credentials'],
    [SECRET_ID, 'ca.pem'],
    [BUILD_ARGUMENT, 'BASE_IMAGE'],
    [STAGE_NAME, 'runtime'],
    [CONTEXT_NAME, 'arn:aws:eks:ap-northeast-2:1:cluster/aww'],
  ])('of $what takes %j', (rule, text) => {
    expect(nameProblem(rule, text)).toBeNull();
  });

  it.each([
    [SITE_NAME, 'Main', 'lower-case'],
    [SITE_NAME, 'a/b', 'allowed are'],
    [SITE_NAME, 'a.lock', '.lock'],
    [SERVICE_NAME, 'xgen_core', 'allowed are'],
    [SERVICE_NAME, `x${'y'.repeat(63)}`, 'longer than 63'],
    [ENVIRONMENT_NAME, 'both', 'dev then prd'],
    [BRANCH_NAME, 'a//b', 'empty part'],
    [BRANCH_NAME, 'a/', 'empty part'],
    [BRANCH_NAME, 'a/.b', 'begins or ends with "."'],
    [BRANCH_NAME, 'a.', 'begins or ends with "."'],
    [BRANCH_NAME, 'x.lock', '.lock'],
    [BRANCH_NAME, 'a~1', 'it holds "~"'],
    [BRANCH_NAME, 'a:b', 'allowed are'],
    [BRANCH_NAME, '@', 'git keeps'],
    [BRANCH_NAME, 'HEAD', 'git keeps'],
    [REPOSITORY_NAME, 'xgen-core.git', 'without ".git"'],
    [REPOSITORY_NAME, '/xgen-core', 'allowed are'],
    [TAG_NAME, '.x', 'allowed are'],
    [BUILD_ARGUMENT, 'TARGETARCH', '--arch'],
    [BUILD_ARGUMENT, '1X', 'allowed are'],
  ])('of $what refuses %j', (rule, text, reason) => {
    expect(nameProblem(rule, text)).toContain(reason);
  });

  it('keeps a moving tag from looking like the immutable tag of a build (defect 3)', () => {
    expect(nameProblem(TAG_NAME, 'b42')).toContain('never moves');
    expect(nameProblem(TAG_NAME, 'b42x')).toBeNull();
  });

  it('leaves room for the architecture in the 128 characters of a tag', () => {
    expect(nameProblem(TAG_NAME, 'x'.repeat(122))).toBeNull();
    expect(nameProblem(TAG_NAME, 'x'.repeat(123))).toContain('122');
  });
});

describe('describeNameProblem', () => {
  it('shows control characters as escapes, so that they cannot repaint a terminal', () => {
    expect(describeNameProblem(SITE_NAME, 'a\u001B[2J')).toBe(
      String.raw`"a\u001b[2J" cannot be a site: it holds a control character`,
    );
  });
});

describe('requireName', () => {
  it('throws NAME_REFUSED, which exits with 2', () => {
    expect(() => requireName(SITE_NAME, '$(x)')).toThrow(
      expect.objectContaining({ code: 'NAME_REFUSED', exitCode: 2, message: '"$(x)" cannot be a site: it holds "$"' }),
    );
  });
});
