import { expect, test } from 'vitest';
import { credentialQuestion, parseCredential } from '../../../src/adapters/git/ask-credential.ts';

test.each([
  ['https://git.example.com:8443/g/r.git', 'protocol=https\nhost=git.example.com:8443\npath=g/r.git\n\n'],
  [
    'https://git.example.com/g%0ahost=evil.example.com/r.git',
    'protocol=https\nhost=git.example.com\npath=g%0ahost=evil.example.com/r.git\n\n',
  ],
  ['ssh://git@git.example.com/g/r.git', null],
  ['not an address', null],
])('asks about %s', (url, question) => {
  expect(credentialQuestion(url)).toBe(question);
});

test.each([
  ['protocol=https\nhost=h\nusername=jiwon\npassword=a=b\n', { username: 'jiwon', password: 'a=b' }],
  ['password=token\n', { username: '', password: 'token' }],
  ['username=jiwon\n', null],
  ['', null],
])('reads the answer %j', (answer, login) => {
  expect(parseCredential(answer)).toEqual(login);
});
