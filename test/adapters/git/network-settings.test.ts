import { expect, test } from 'vitest';
import { pickNetworkSettings, proxyPasswords } from '../../../src/adapters/git/network-settings.ts';

test('takes proxies and CA files, and nothing else, out of the configuration', () => {
  const listing = [
    'http.proxy\nhttp://proxy:3128',
    'http.https://git.example.com/.proxy\n',
    'http.sslcainfo\n/etc/ca.pem',
    'http.https://Git.Example.com.sslcapath\n/etc/ca',
    'http.extraheader\nAuthorization: Basic c2VjcmV0',
    'http.https://git.example.com.extraheader\nX: y',
    'http.sslverify\nfalse',
    'http.followredirects\ntrue',
    'http.proxy',
    '',
  ].join('\0');
  expect(pickNetworkSettings(listing)).toEqual([
    ['http.proxy', 'http://proxy:3128'],
    ['http.https://git.example.com/.proxy', ''],
    ['http.sslcainfo', '/etc/ca.pem'],
    ['http.https://Git.Example.com.sslcapath', '/etc/ca'],
  ]);
});

test('finds the passwords of proxies, as written and decoded', () => {
  const found = proxyPasswords([['http.proxy', 'http://u:p%40ss@proxy:3128']], {
    HTTPS_PROXY: 'http://u:other@proxy',
    X: 'http://u:no@x',
  });
  expect(found).toEqual(['p%40ss', 'p@ss', 'other', 'other']);
});
