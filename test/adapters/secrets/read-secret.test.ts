import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRedactor } from '../../../src/adapters/redaction/redactor.ts';
import { createSecretReader, hiddenTexts } from '../../../src/adapters/secrets/read-secret.ts';
import type { Credentials } from '../../../src/ports/credentials.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'xgen-secret-'));
  writeFileSync(join(folder, 'token'), 'file-secret\n');
  writeFileSync(join(folder, 'large'), Buffer.alloc(600_000, 'x'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const credentials: Credentials = {
  require: async (id) => ({ username: 'u', password: `password of ${id}`, from: 'a test' }),
  find: async () => null,
};

function reader() {
  const redactor = createRedactor();
  return {
    redactor,
    read: createSecretReader({ environment: { TOKEN: 'env-secret', EMPTY: '' }, credentials, redactor }),
  };
}

test.each([
  ['a file, to the byte', () => ({ id: 's', kind: 'file', path: join(folder, 'token') }) as const, 'file-secret\n'],
  ['the environment', () => ({ id: 's', kind: 'env', variable: 'TOKEN' }) as const, 'env-secret'],
  ['a credential', () => ({ id: 's', kind: 'credential', credentialId: 'npm' }) as const, 'password of npm'],
])('a secret is read from %s, and hidden from then on', async (_, source, expected) => {
  const { read, redactor } = reader();
  expect((await read(source())).toString()).toBe(expected);
  expect(redactor.redact(`it is ${expected.trim()}.`)).toBe('it is ***.');
});

test.each([
  [
    'a file that is not there',
    { id: 'ca', kind: 'file', path: '/nonexistent/ca.pem' },
    'CREDENTIAL_MISSING',
    /"ca".*\/nonexistent\/ca\.pem/,
  ],
  ['a variable that is not set', { id: 't', kind: 'env', variable: 'NOPE' }, 'CREDENTIAL_MISSING', /"t".*NOPE/],
  ['a variable that is empty', { id: 't', kind: 'env', variable: 'EMPTY' }, 'CREDENTIAL_MISSING', /EMPTY/],
] as const)('%s is named with its id', async (...[, source, code, message]) => {
  await expect(reader().read(source)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test('a secret that BuildKit would not take is refused', async () => {
  const source = { id: 's', kind: 'file', path: join(folder, 'large') } as const;
  await expect(reader().read(source)).rejects.toMatchObject({ code: 'CREDENTIAL_INVALID' });
});

describe('what of a secret is hidden', () => {
  const certificate = '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIU\n-----END CERTIFICATE-----\n';
  const key = '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n';
  test.each([
    ['a token', 'abcdef\n', ['abcdef']],
    ['certificates only: nothing', `# CA\n${certificate}\n${certificate}`, []],
    [
      'of a bundle with headings: these',
      `## Roots\nSome Root CA\n============\n${certificate}\n${certificate}`,
      ['Some Root CA'],
    ],
    ['a key: the whole and its lines, not the frame', key, [key.trim(), 'MIGHAgEAMBMGByqGSM49']],
    ['short lines only as a whole', 'a=1\nb=2', ['a=1\nb=2']],
    ['nothing', '\n', []],
  ])('%s', (_, content, expected) => {
    expect(hiddenTexts(content)).toEqual(expected);
  });

  test('a key beside a certificate is hidden', () => {
    expect(hiddenTexts(certificate + key)).toContain('MIGHAgEAMBMGByqGSM49');
  });
});
