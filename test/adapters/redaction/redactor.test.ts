import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../../src/adapters/redaction/redactor.ts';
import type { Redactor } from '../../../src/ports/redactor.ts';
import { RandomText } from './random-text.ts';

const SECRET = 'p4ss/w0rd+"<&\'\\ü %x';
const TOKEN = 'glpat-Zk3xYt9QwLmN7rBv';
const KEY = [
  '-----BEGIN PRIVATE KEY-----',
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj',
  'MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu',
  'NMoSfm76oqFvAp8Gy0iz5sxjZmSnXyCdPEovGhLa0VzMaQ8s+CLOyS56YyCFGeJZ',
  '-----END PRIVATE KEY-----',
].join('\n');

function knowing(...secrets: string[]): Redactor {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.add(secret);
  return redactor;
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function wrapped(text: string, width: number, lineBreak: string): string {
  return text.replaceAll(new RegExp(`.{${width}}`, 'gs'), `$&${lineBreak}`);
}

describe('one form of a secret', () => {
  test.each([
    ['raw', SECRET],
    ['encoded by encodeURIComponent', encodeURIComponent(SECRET)],
    ['URL-encoded with lower-case digits', encodeURIComponent(SECRET).replaceAll(/%../g, (hex) => hex.toLowerCase())],
    ['form-encoded', new URLSearchParams({ p: SECRET }).toString().slice(2)],
    ['JSON-escaped', JSON.stringify(SECRET).slice(1, -1)],
    ['JSON-escaped in ASCII', JSON.stringify(SECRET).slice(1, -1).replaceAll('ü', '\\u00fc')],
    ['JSON-escaped in ASCII, upper case', JSON.stringify(SECRET).slice(1, -1).replaceAll('ü', '\\u00FC')],
    ['JSON inside JSON', JSON.stringify(JSON.stringify(SECRET)).slice(3, -3)],
    ['JSON-escaped by Go', JSON.stringify(SECRET).slice(1, -1).replace('<', '\\u003c').replace('&', '\\u0026')],
    ['HTML-escaped', SECRET.replace('&', '&amp;').replace('<', '&lt;').replace('"', '&quot;').replace("'", '&#39;')],
    ['quoted for a shell', SECRET.replace("'", String.raw`'\''`)],
    ['in base64', base64(SECRET)],
    ['in base64 without padding', base64(SECRET).replaceAll('=', '')],
    ['in base64url', Buffer.from(SECRET).toString('base64url')],
    ['in URL-encoded base64', encodeURIComponent(base64(SECRET))],
  ])('is hidden %s', (_, form) => {
    const shown = knowing(SECRET).redact(`before ${form}\nafter`);
    expect(shown).toMatch(/^before \*\*\*.{0,6}\nafter$/);
  });

  test.each(['a:', 'jiwon:', 'xy:'])('is hidden in the base64 of %spassword', (user) => {
    const encoded = base64(user + TOKEN);
    const shown = knowing(TOKEN).redact(`Authorization: Basic ${encoded} sent`);
    expect(shown).toMatch(/^Authorization: Basic [A-Za-z0-9]{0,10}\*\*\*={0,2} sent$/);
  });

  test.each(['\n', '\r\n', '\n      ', ' ', '\\n', '\\r\\n', '\t'])('is hidden in base64 broken by %j', (gap) => {
    const encoded = wrapped(base64(`a larger text, and ${TOKEN}, and more of it`), 7, gap);
    const shown = knowing(TOKEN).redact(encoded);
    expect(shown).toContain('***');
    expect(withoutGaps(shown)).not.toMatch(anyWindowOf(base64(`, ${TOKEN}`).slice(4, -4), 5));
  });

  test('is hidden when a raw token is folded over several lines', () => {
    expect(knowing(TOKEN).redact(`token: ${wrapped(TOKEN, 9, '\n  ')} end`)).toBe('token: *** end');
  });

  test('is not seen in words that only look like it without their space', () => {
    const text = 'say hello world twice';
    expect(knowing('helloworld').redact(text)).toBe(text);
  });
});

describe('a secret of several lines', () => {
  test.each([
    ['as it is', KEY],
    ['with CRLF', KEY.replaceAll('\n', '\r\n')],
    ['in one line', KEY.replaceAll('\n', '')],
    ['indented', KEY.replaceAll('\n', '\n      ')],
    ['JSON-escaped', JSON.stringify(KEY)],
    ['one line of it', KEY.split('\n')[2] ?? ''],
    ['in base64 of lines of 76', wrapped(base64(KEY), 76, '\n')],
    ['in base64 of one of its lines', base64(KEY.split('\n')[1] ?? '')],
  ])('is hidden %s', (_, shown) => {
    const redacted = knowing(`${KEY}\n`).redact(shown);
    for (const line of KEY.split('\n').slice(1, -1)) {
      expect(withoutGaps(redacted)).not.toMatch(anyWindowOf(line, 8));
      expect(withoutGaps(redacted)).not.toMatch(anyWindowOf(base64(line).slice(0, -4), 8));
    }
  });

  test('does not make the frame of every certificate a secret', () => {
    const certificate = '-----BEGIN PRIVATE KEY-----\nMIIother\n-----END PRIVATE KEY-----';
    expect(knowing(KEY).redact(certificate)).toBe(certificate);
  });

  test('is hidden by its lines when it is very long', () => {
    const random = new RandomText(11);
    const lines = Array.from({ length: 400 }, () => random.text('ABCDEFGHabcdefgh0123+/', 64));
    const redactor = knowing(lines.join('\n'));
    expect(redactor.redact(lines.join('\n')).replaceAll('***', '')).toBe('\n'.repeat(399));
    expect(redactor.redact(wrapped(base64(lines.join('\n')), 76, '\n'))).not.toMatch(/[A-Za-z0-9]{8}/);
  });
});

describe('what is no secret', () => {
  test('secrets of fewer than four characters are ignored', () => {
    expect(knowing('abc', '').redact('abcabc')).toBe('abcabc');
  });

  test('text passes unchanged while no secret is known', () => {
    const stream = createRedactor().stream();
    expect(stream.write('a\u0000b\r') + stream.end()).toBe('a\u0000b\r');
  });

  test('random text around random secrets passes byte for byte', () => {
    const random = new RandomText(7);
    const redactor = knowing(...Array.from({ length: 20 }, () => random.text('abcdefgh0123+/%\\"', 12)));
    for (let round = 0; round < 60; round++) {
      const text = random.text('abcdefgh0123+/%\\"nrt \n\r=가é\u{1f600}', 600);
      const stream = redactor.stream();
      expect(
        random
          .pieces(text)
          .map((piece) => stream.write(piece))
          .join('') + stream.end(),
      ).toBe(text);
    }
  });
});

describe('a stream', () => {
  test('finds a secret that is split over chunks, at every place', () => {
    const text = `x ${TOKEN} y ${wrapped(base64(TOKEN), 5, '\n')} z`;
    const redactor = knowing(TOKEN);
    const whole = redactor.redact(text);
    for (let at = 0; at <= text.length; at++) {
      const stream = redactor.stream();
      expect(stream.write(text.slice(0, at)) + stream.write(text.slice(at)) + stream.end()).toBe(whole);
    }
  });

  test('gives out at once what cannot be the beginning of a secret', () => {
    const stream = knowing('#secret#').stream();
    expect(stream.write('done.\n')).toBe('done.\n');
    expect(stream.write('value #sec')).toBe('value ');
    expect(stream.write('ond')).toBe('#second');
  });

  test('knows secrets that were added after it was begun, also in what it holds back', () => {
    const redactor = knowing('#first-secret#');
    const stream = redactor.stream();
    const before = stream.write('a #first');
    redactor.add('#first-aid-kit#');
    expect(before + stream.write('-aid-kit# b') + stream.end()).toBe('a *** b');
  });

  test('makes one mask of secrets that overlap and two of secrets that touch', () => {
    const redactor = knowing('abcdef##', '##uvwxyz');
    expect(redactor.redact('abcdef##uvwxyz')).toBe('***');
    expect(redactor.redact('abcdef##abcdef##')).toBe('******');
  });

  test.each([
    ['line breaks after the beginning of a secret', 'Z2xwYXQt', '\n'.repeat(1000)],
    ['the beginning of a secret without end', '', TOKEN.slice(0, -1)],
    ['the beginning of its base64, broken at every character', '', base64(TOKEN).slice(0, 20).split('').join(' \n ')],
  ])('holds back little, whatever comes: %s', (_, begin, again) => {
    const stream = knowing(TOKEN).stream();
    let given = stream.write(begin).length;
    for (let round = 0; round < 200; round++) given += stream.write(again).length;
    expect(given).toBeGreaterThan(begin.length + 200 * again.length - 3000);
  });

  test('gives out a mask as soon as the secret is over, and no second one while it goes on', () => {
    const stream = knowing(TOKEN, 'a'.repeat(12)).stream();
    expect([stream.write(`${TOKEN}.`), stream.write(`${TOKEN}.`)]).toEqual(['***.', '***.']);
    expect(['a', 'aa', 'aa'].map((piece) => stream.write(piece.repeat(20)))).toEqual(['***', '', '']);
    expect(stream.write('b') + stream.end()).toBe('b');
  });
});

test('no form of a secret survives, wherever it stands and however the text is cut', () => {
  const random = new RandomText(3);
  for (let round = 0; round < 30; round++) {
    const secrets = Array.from({ length: 3 }, () =>
      random.text('abcXYZ019-_+/=&%"\'\\ $ü한', random.between(8, 40)),
    ).filter((secret) => secret.trim().length >= 8);
    const secret = secrets[0] ?? TOKEN;
    const redactor = knowing(secret, ...secrets);
    const noise = (): string => random.text('abcXYZ019-_+/= \n\\', random.between(0, 30));
    const encoded = base64(
      `${random.text('ab:\n', random.between(0, 5))}${secret}${random.text('xy\n', random.between(0, 5))}`,
    );
    const forms = [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      encoded,
      encoded.replaceAll('=', ''),
      encoded.replaceAll('+', '-').replaceAll('/', '_'),
      wrapped(encoded, random.between(1, 20), random.pick(['\n', '\r\n', ' ', '\n    '])),
    ];
    for (const form of forms) {
      const text = `${noise()}${form}${noise()}`;
      const stream = redactor.stream();
      const shown =
        random
          .pieces(text)
          .map((piece) => stream.write(piece))
          .join('') + stream.end();
      expect(shown).toBe(redactor.redact(text));
      expect(shown).toContain('***');
      expect(shown).not.toContain(secret);
      expect(shown).not.toContain(form);
      for (const core of cores(secret)) expect(withoutGaps(shown)).not.toContain(core);
    }
  }
});

test('a hostile text takes no more time than any other', () => {
  const redactor = knowing('a'.repeat(40), `${'ab'.repeat(20)}c`, TOKEN);
  const stream = redactor.stream();
  const started = performance.now();
  for (let round = 0; round < 40; round++) stream.write(`${'ab'.repeat(5000)}${'\n \\n'.repeat(500)}`);
  stream.end();
  expect(performance.now() - started).toBeLessThan(2000);
});

describe('redactData', () => {
  test('redacts every string of nested data and leaves the rest', () => {
    const data = { a: [`x${TOKEN}`, 1, null, true], b: { c: base64(TOKEN), d: undefined } };
    expect(knowing(TOKEN).redactData(data)).toEqual({ a: ['x***', 1, null, true], b: { c: '***==', d: undefined } });
    expect(data.a[0]).toBe(`x${TOKEN}`);
  });
});

function withoutGaps(text: string): string {
  return text.replaceAll(/\\[nrt]|[\s\\]/g, '');
}

/** What every base64 that holds the secret shows, at each of the three alignments. */
function cores(secret: string): string[] {
  const length = Buffer.byteLength(secret);
  return [0, 1, 2].map((shift) => {
    const from = [0, 2, 3][shift] ?? 0;
    return base64('-'.repeat(shift) + secret).slice(from, Math.floor(((shift + length) * 8) / 6));
  });
}

function anyWindowOf(text: string, size: number): RegExp {
  const windows = Array.from({ length: text.length - size + 1 }, (_, at) => text.slice(at, at + size));
  return new RegExp(windows.map((window) => window.replaceAll(/[+/.?*()[\]\\]/g, String.raw`\$&`)).join('|'));
}

describe('a secret in a Docker login that is in a Kubernetes Secret', () => {
  test.each(['', 'a', 'ab', 'abc'])('is hidden after a user name of other length (%s)', (more) => {
    const auths = JSON.stringify({ auths: { [`docker.x2bee.com${more}`]: { auth: base64(`ci:${TOKEN}`) } } });
    const shown = knowing(TOKEN).redact(wrapped(base64(auths), 76, '\n'));
    const inner =
      Buffer.from(shown.split('***')[0] ?? '', 'base64')
        .toString()
        .split('"auth":"')[1] ?? '';
    expect(shown).toContain('***');
    expect(Buffer.from(inner, 'base64').toString()).not.toContain(TOKEN.slice(0, 4));
  });
});

describe('a secret in a list of lines', () => {
  test('is hidden where it goes over several of them', () => {
    const lines = wrapped(base64(`${KEY}\n`), 10, '\n').split('\n');
    const shown = knowing(KEY).redactData({ evidence: ['before', ...lines, 'after'] });
    expect(shown.evidence.join('\n')).toMatch(/^before\n\*\*\*.{0,4}\nafter$/);
  });

  test('leaves other lists as they are, line breaks in their items too', () => {
    const list = ['one\ntwo', `a ${TOKEN}`, 'three'];
    expect(knowing(TOKEN).redactData(list)).toEqual(['one\ntwo', 'a ***', 'three']);
  });
});
