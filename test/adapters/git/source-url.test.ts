import { describe, expect, test } from 'vitest';
import { cacheName, requireSource, resolveSubmoduleUrl } from '../../../src/adapters/git/source-url.ts';

const SOURCE = { url: 'https://git.example.com/g/r.git', branch: 'main', credentialId: null, submodules: false };

describe('requireSource', () => {
  test.each([
    'https://git.example.com/g/r.git',
    'http://127.0.0.1:8080/g/r.git',
    'ssh://git@git.example.com:2222/g/r.git',
    'file:///srv/git/g/r.git',
  ])('lets %s through', (url) => {
    expect(() => requireSource({ ...SOURCE, url })).not.toThrow();
  });

  test.each([
    '--upload-pack=x',
    'ext::sh -c id',
    'git.example.com:g/r.git',
    '/srv/git/r.git',
    'https://jiwon:secret@git.example.com/g/r.git',
    'https://token@git.example.com/g/r.git',
    'ssh://-oProxyCommand=id/g/r.git',
    'https://git.example.com/g/r.git\n',
    'https://git.example.com/g/../r.git',
  ])('refuses the address %j without repeating it', (url) => {
    expect(() => requireSource({ ...SOURCE, url })).toThrow(
      expect.objectContaining({ code: 'NAME_REFUSED', message: expect.not.stringContaining('secret') as string }),
    );
  });

  test.each(['--upload-pack=x', '-x', '../x', 'a b', '$(x)', 'a..b', 'x.lock', 'a\nb', ''])(
    'refuses the branch %j',
    (branch) => {
      expect(() => requireSource({ ...SOURCE, branch })).toThrow(expect.objectContaining({ code: 'NAME_REFUSED' }));
    },
  );
});

describe('resolveSubmoduleUrl', () => {
  const HTTPS = 'https://git.example.com/group/r.git';
  test.each([
    [HTTPS, '../lib.git', 'https://git.example.com/group/lib.git'],
    [HTTPS, '../../other/lib.git', 'https://git.example.com/other/lib.git'],
    [HTTPS, 'https://git.example.com/other/lib.git', 'https://git.example.com/other/lib.git'],
    ['ssh://git@h:2222/g/r.git', '../lib.git', 'ssh://git@h:2222/g/lib.git'],
    ['file:///srv/git/r.git', '../lib.git', 'file:///srv/git/lib.git'],
    ['file:///srv/git/r.git', 'file:///srv/git/lib.git', 'file:///srv/git/lib.git'],
  ])('of %s takes %s for %s', (parent, url, resolved) => {
    expect(resolveSubmoduleUrl(parent, url)).toBe(resolved);
  });

  test.each([
    [HTTPS, 'https://evil.example.com/lib.git'],
    [HTTPS, 'http://git.example.com/group/lib.git'],
    [HTTPS, 'https://git.example.com:8443/group/lib.git'],
    [HTTPS, 'https://user:pw@git.example.com/group/lib.git'],
    [HTTPS, 'git@git.example.com:group/lib.git'],
    [HTTPS, '/etc'],
    [HTTPS, 'file:///etc'],
    [HTTPS, 'ext::sh -c id'],
    [HTTPS, '--upload-pack=id'],
    [HTTPS, '../../../../x.git'],
    ['file:///srv/git/r.git', '/etc/secret'],
    ['file:///srv/git/r.git', '../../secret.git'],
    ['file:///srv/git/r.git', 'file:///home/jiwon/private.git'],
    ['file:///srv/git/r.git', 'file:///srv/git/..%2f..%2fhome/private.git'],
    ['file:///srv/git/r.git', 'file:///srv/git/%2e%2e/%2e%2e/home/private.git'],
    ['file:///srv/git/r.git', 'file:///srv/git/%zz.git'],
  ])('of %s refuses %s', (parent, url) => {
    expect(resolveSubmoduleUrl(parent, url)).toBeNull();
  });
});

test('names of folders are readable, plain, and differ where anything differs', () => {
  expect(cacheName('git.example.com/g/r.git', ['a'])).toMatch(/^git\.example\.com-g-r-[0-9a-f]{12}$/);
  expect(cacheName('../../x', ['a'])).toMatch(/^x-[0-9a-f]{12}$/);
  expect(cacheName('--', ['a'])).toMatch(/^source-[0-9a-f]{12}$/);
  expect(cacheName('a', ['a', 'bc'])).not.toBe(cacheName('a', ['ab', 'c']));
});
