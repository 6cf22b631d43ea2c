import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { parseCommandLine } from '../src/cli/program.ts';
import { ERROR_CODES } from '../src/errors/codes.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGES = [
  'README.md',
  'bench/results.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

function read(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** Code is no markup: what looks like a link in it is none. */
function withoutCode(text: string): string {
  return text.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '``');
}

function linksOf(page: string): string[] {
  return [...withoutCode(read(page)).matchAll(/\]\((?<target>[^)\s]+)\)/g)].map(
    ({ groups }) => groups?.['target'] ?? '',
  );
}

/** As GitHub and GitLab name a heading. */
function anchorsOf(page: string): string[] {
  const headings = read(page)
    .replaceAll(/^```[^]*?^```/gm, '')
    .matchAll(/^#+ (?<title>.+)$/gm);
  return [...headings].map(({ groups }) =>
    (groups?.['title'] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('links', () => {
  it.each(PAGES)('of %s lead somewhere', (page) => {
    const broken = linksOf(page).filter((link) => {
      if (/^https?:\/\//.test(link)) return false;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), file);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(target.slice(ROOT.length)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('lead from the README to every page of the docs', () => {
    const linked = linksOf('README.md');
    expect(PAGES.filter((page) => page.startsWith('docs/') && !linked.includes(page))).toEqual([]);
  });
});

/** Command lines of the program, in blocks and between backticks; those that are cut short (`…`) or hold a choice are not run. */
function commandsOf(page: string): string[] {
  const text = read(page);
  const blocks = [...text.matchAll(/^```(?:sh|console)?\n(?<body>[^]*?)^```/gm)].flatMap(({ groups }) =>
    (groups?.['body'] ?? '').split('\n'),
  );
  const inline = [...text.matchAll(/`(?<code>xgen-build [^`\n]+)`/g)].map(({ groups }) => groups?.['code'] ?? '');
  return [...blocks, ...inline]
    .map((line) =>
      line
        .replace(/^\$ /, '')
        .replace(/\s+#.*$/, '')
        .trim(),
    )
    .filter((line) => /^xgen-build [a-z-]/.test(line) && !/[…|[\]{}<>]/.test(line));
}

/** Words that stand for something of the reader's. */
function filledIn(command: string): string[] {
  const values: Readonly<Record<string, string>> = {
    SERVICE: 'xgen-core',
    SITE: 'main',
    ENV: 'dev',
    COMMAND: 'deploy',
    FOLDER: '.',
    NAME: 'main',
    DIR: 'config',
    bN: 'b42',
    N: '3',
  };
  return command
    .split(/\s+/)
    .slice(1)
    .map((word) => values[word] ?? word);
}

describe('commands', () => {
  it('are shown, and found', () => {
    expect(commandsOf('README.md')).toContain('xgen-build xgen-core --site lotteimall --env both');
    expect(commandsOf('docs/getting-started.md')).toContain('xgen-build rollback my-service');
  });

  it.each(PAGES.flatMap((page) => [...new Set(commandsOf(page))].map((command) => [page, command] as const)))(
    '%s: %s is understood',
    async (_, command) => {
      await expect(parseCommandLine(filledIn(command), '1.0.0')).resolves.toBeDefined();
    },
  );
});

test('codes that the docs name are codes of errors', () => {
  const known = new Set<string>(Object.keys(ERROR_CODES));
  const named = PAGES.flatMap((page) =>
    [...read(page).matchAll(/`(?<code>[A-Z]{4,}_[A-Z_]{3,})`/g)].map(({ groups }) => groups?.['code'] ?? ''),
  );
  const isVariable = (code: string): boolean =>
    /^(?:XGEN|APP|PIP|NPM|CARGO|DOCKER|PYTHON|NODE|RUST|RUNTIME|BUILD|APT|TARGET|PUSH|JOB|JENKINS|NO|GITLAB|COMPOSE)_/.test(
      code,
    ) && !known.has(code);
  expect([...new Set(named)].filter((code) => !known.has(code) && !isVariable(code))).toEqual([]);
});
