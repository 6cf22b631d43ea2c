import { expect, test } from 'vitest';
import { branchOf, originOf, parseOrigin } from '../../src/commands/init-origin.ts';

test.each([
  [
    'https://gitlab.example.com/xgen2.0/xgen-core.git',
    ['gitlab', 'https://gitlab.example.com', 'xgen2.0', 'xgen-core'],
  ],
  ['https://jiwon:secret@gitlab.example.com:8443/a/b/c', ['gitlab', 'https://gitlab.example.com:8443', 'a/b', 'c']],
  [
    'git@gitlab.example.com:team/sub/xgen-core.git',
    ['gitlab', 'ssh://git@gitlab.example.com', 'team/sub', 'xgen-core'],
  ],
  ['ssh://git@gitlab.example.com:2222/team/core.git/', ['gitlab', 'ssh://git@gitlab.example.com:2222', 'team', 'core']],
  ['git@github.com:acme/core.git', ['github', 'ssh://git@github.com', 'acme', 'core']],
])('%s', (address, expected) => {
  const [forge, url, group, repo] = expected;
  expect(parseOrigin(address)).toEqual({ forge, url, group, repo });
});

test.each(['/srv/git/core.git', '../core', 'https://gitlab.example.com/core.git', 'file:///srv/git/a/core.git', ''])(
  'an address that names no server and group is not known: %s',
  (address) => {
    expect(parseOrigin(address)).toBeNull();
  },
);

test("the remote origin is found among others in git's configuration", () => {
  const config = `[core]
\tbare = false
[remote "upstream"]
\turl = https://elsewhere.example.com/a/b
[remote "origin"]
\tfetch = +refs/heads/*:refs/remotes/origin/*
\turl = https://gitlab.example.com/a/b.git
`;
  expect(originOf(config)).toBe('https://gitlab.example.com/a/b.git');
  expect(originOf('[core]\n')).toBeNull();
});

test('the branch is the one that HEAD names', () => {
  expect(branchOf('ref: refs/heads/release/aww\n')).toBe('release/aww');
  expect(branchOf('5d6e7f8a\n')).toBeNull();
});
