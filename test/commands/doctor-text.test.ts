import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/commands/doctor.ts';
import { doctorText } from '../../src/commands/doctor-text.ts';
import { widthOf } from '../../src/report/terminal-text.ts';

const ok: Finding = { name: 'git', status: 'ok', detail: '2.39.5', fix: null };
const refused: Finding = {
  name: 'registry nexus',
  status: 'error',
  detail:
    'the registry docker.x2bee.com refused the login of "nexus-credentials" (user ci, from environment XGEN_CREDENTIAL_NEXUS_CREDENTIALS) when logging in',
  fix: 'check it by hand: docker login docker.x2bee.com; then correct it in environment XGEN_CREDENTIAL_NEXUS_CREDENTIALS',
  evidence: ['UNAUTHORIZED: authentication required'],
};

describe('the text of doctor', () => {
  it('wraps what is long below its own beginning', () => {
    expect(doctorText([ok, refused], 80)).toBe(
      `✔ git             2.39.5
✘ registry nexus  the registry docker.x2bee.com refused the login of
                  "nexus-credentials" (user ci, from environment
                  XGEN_CREDENTIAL_NEXUS_CREDENTIALS) when logging in
                  │ UNAUTHORIZED: authentication required
                  → check it by hand: docker login docker.x2bee.com; then
                    correct it in environment XGEN_CREDENTIAL_NEXUS_CREDENTIALS

1 ok, 0 warnings, 1 error
`,
    );
  });

  it.each([40, 60, 80, 120])('is never wider than %i columns', (columns) => {
    const wide: Finding = { ...refused, name: '레지스트리 '.repeat(9), detail: '이미지 '.repeat(60) };
    const lines = doctorText([ok, refused, wide], columns).split('\n');
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
  });

  it('gives a long name a line of its own, so that the others keep their room', () => {
    const long: Finding = { name: 'registry a-customer-with-a-long-name', status: 'ok', detail: 'answers', fix: null };
    expect(doctorText([ok, long], 80).split('\n')).toEqual([
      '✔ git  2.39.5',
      '✔ registry a-customer-with-a-long-name',
      '       answers',
      '',
      '2 ok, 0 warnings, 0 errors',
      '',
    ]);
  });

  it.each([
    [1, 1, '1 warning, 1 error'],
    [2, 0, '2 warnings, 0 errors'],
  ])('counts %i and %i in words', (warnings, errors, text) => {
    const findings = [
      ...Array.from({ length: warnings }, (): Finding => ({ ...ok, status: 'warning' })),
      ...Array.from({ length: errors }, (): Finding => ({ ...ok, status: 'error' })),
    ];
    expect(doctorText(findings, 80)).toContain(`0 ok, ${text}\n`);
  });

  it('shows the first lines of long evidence, and says how many there are', () => {
    const evidence = Array.from({ length: 9 }, (_, index) => `fault ${index + 1}`);
    const lines = doctorText([{ ...refused, evidence }], 80).split('\n');
    expect(lines.filter((line) => line.includes('│')).map((line) => line.trim())).toEqual([
      '│ fault 1',
      '│ fault 2',
      '│ fault 3',
      '│ fault 4',
      '│ (5 more)',
    ]);
  });

  it('shows no evidence and no cure of what is well', () => {
    expect(doctorText([{ ...refused, status: 'ok', detail: 'fine' }], 80)).toBe(
      '✔ registry nexus  fine\n\n1 ok, 0 warnings, 0 errors\n',
    );
  });

  it('lets nothing from outside repaint the terminal', () => {
    const hostile: Finding = {
      name: 'x\u001b[2J',
      status: 'error',
      detail: 'a\u001b[31mred\u0007\nb',
      fix: '\u202etype this',
      evidence: ['\u001b]0;title\u0007said\rover'],
    };
    // oxlint would take these for mistakes in a literal.
    const controls = new RegExp(String.raw`[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]`);
    expect(doctorText([hostile], 80)).not.toMatch(controls);
  });
});
