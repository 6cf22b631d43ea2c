import { describe, expect, test } from 'vitest';
import { classifyGitFailure, evidenceOf, GitFailed, progressOf } from '../../../src/adapters/git/git-failure.ts';

describe('classifyGitFailure', () => {
  test.each([
    ['login', "fatal: could not read Username for 'http://127.0.0.1:1': terminal prompts disabled"],
    [
      'login',
      "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://gitlab.example.com/g/r.git/'",
    ],
    ['login', "fatal: unable to access 'https://h/g/r.git/': The requested URL returned error: 403"],
    ['login', 'git@host: Permission denied (publickey).\nfatal: Could not read from remote repository.'],
    ['login', "remote: Invalid username or token.\nfatal: Authentication failed for 'https://github.com/o/r.git/'"],
    ['hidden', "fatal: repository 'http://127.0.0.1:1/g/nope.git/' not found"],
    [
      'hidden',
      "fatal: '/srv/nope.git' does not appear to be a git repository\nfatal: Could not read from remote repository.",
    ],
    ['hidden', "remote: The project you were looking for could not be found or you don't have permission to view it."],
    ['hidden', 'ERROR: Repository not found.\nfatal: Could not read from remote repository.'],
    ['branch', "fatal: couldn't find remote ref refs/heads/aww"],
    ['commit', 'fatal: remote error: upload-pack: not our ref 1111111111111111111111111111111111111111'],
    ['host-key', 'Host key verification failed.\nfatal: Could not read from remote repository.'],
    [
      'certificate',
      "fatal: unable to access 'https://h/': SSL certificate problem: self-signed certificate in certificate chain",
    ],
    ['certificate', 'server certificate verification failed. CAfile: none CRLfile: none'],
    ['unreachable', "fatal: unable to access 'http://nope.invalid/': Could not resolve host: nope.invalid"],
    [
      'unreachable',
      "fatal: unable to access 'http://127.0.0.1:9/': Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn't connect to server",
    ],
    ['unreachable', 'ssh: connect to host git.example.com port 22: Connection timed out'],
    ['unreachable', "fatal: unable to access 'https://h/': The requested URL returned error: 502"],
    [
      'unreachable',
      'error: RPC failed; curl 18 transfer closed with outstanding read data remaining\nfatal: early EOF',
    ],
    [
      'damaged',
      'error: object file objects/ab/cd is empty\nfatal: loose object abcd (stored in objects/ab/cd) is corrupt',
    ],
    ['damaged', 'error: unable to read sha1 file of Dockerfile (1234)'],
    ['damaged', 'fatal: bad object refs/xgen/0123'],
    ['damaged', 'error: file ./objects/pack/pack-1.pack is far too short to be a packfile'],
    ['damaged', 'fatal: failed to unpack tree object 1234'],
    ['damaged', 'fatal: bad config line 1 in file config'],
    ['damaged', "fatal: not a git repository: '/cache/mirrors/x.git'"],
    ['damaged', 'error: bad signature 0x00000000\nfatal: index file corrupt'],
    ['disk-full', 'error: unable to write file x\nfatal: cannot store pack file: No space left on device'],
    ['unknown', 'fatal: something that git never said before'],
    ['unknown', ''],
  ])('takes it for %s: %s', (kind, stderr) => {
    expect(classifyGitFailure(stderr)).toBe(kind);
  });

  test('does not take damage on the server for damage here', () => {
    expect(classifyGitFailure('remote: fatal: bad object HEAD\nremote: aborting')).toBe('unknown');
  });
});

test('a git that did not end in time counts as a server that does not answer', () => {
  const failure = new GitFailed('fetch', { exitCode: null, stderr: '', timedOutMs: 90_000 });
  expect(failure.kind).toBe('unreachable');
  expect(evidenceOf(failure.stderr)).toEqual(['git fetch did not end within 90 s']);
});

test('evidence leaves progress and repetitions out', () => {
  const stderr = [
    'remote: Counting objects: 50% (1/2)\rremote: Counting objects: 100% (2/2), done.',
    'Receiving objects:  10% (1/10)\rfatal: early EOF',
    'fatal: early EOF',
    '',
  ].join('\n');
  expect(evidenceOf(stderr)).toEqual(['fatal: early EOF']);
});

test.each([
  ['remote: Counting objects:  45% (9/20)\rremote: Counting objects:  50% (10/20)\r', 'counting objects 50%'],
  ['Receiving objects: 100% (3/3), 2.86 MiB | 20 MiB/s, done.\n', 'receiving objects 100%'],
  ['fatal: early EOF\n', null],
])('reads progress out of %j', (chunk, detail) => {
  expect(progressOf(chunk)).toBe(detail);
});
