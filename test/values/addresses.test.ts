import { describe, expect, it } from 'vitest';
import {
  engineAddressProblem,
  gitAddressProblem,
  parseHostPort,
  publishProblem,
  registryHostProblem,
  repositoryUrl,
} from '../../src/values/addresses.ts';

describe('registryHostProblem', () => {
  it.each(['docker.x2bee.com', 'localhost:30500', '43.202.115.195:5000', 'localhost', '[::1]:5000', 'registry:5000'])(
    'takes %s',
    (host) => {
      expect(registryHostProblem(host)).toBeNull();
    },
  );

  it.each([
    ['https://docker.x2bee.com', 'without "https://"'],
    ['docker.x2bee.com/xgen', 'without a path'],
    ['user:secret@docker.x2bee.com', 'credentialId'],
    ['registry', 'registry:443'],
    ['docker.x2bee.com:0', 'expected a host'],
    ['docker.x2bee.com:99999', 'expected a host'],
    ['-x.y', 'expected a host'],
    ['a b.c', 'expected a host'],
    ['', 'expected a host'],
  ])('refuses %j', (host, reason) => {
    expect(registryHostProblem(host)).toContain(reason);
  });
});

describe('gitAddressProblem', () => {
  it.each([
    'https://gitlab.x2bee.com',
    'http://127.0.0.1:8929/git',
    'ssh://git@gitlab.x2bee.com:2222',
    'file:///srv/git',
  ])('takes %s', (address) => {
    expect(gitAddressProblem(address)).toBeNull();
  });

  it.each([
    ['git@gitlab.x2bee.com:xgen', 'expected an address'],
    ['ftp://gitlab.x2bee.com', 'expected an address'],
    ['ext::sh -c x', 'expected an address'],
    ['https://git lab', 'expected an address'],
    ['https://a\\@evil.com', 'expected an address'],
    ['https://gitlab\n.com', 'expected an address'],
    ['https://jiwon:hunter22@gitlab.x2bee.com', 'a password'],
    ['https://token@gitlab.x2bee.com', 'a user name'],
    ['ssh://-oProxyCommand=x/y', 'not a host name'],
    ['ssh://-x@gitlab.x2bee.com', 'its user name'],
    ['file://host/srv/git', 'file:///'],
    ['https://gitlab.x2bee.com/?a=b', 'neither'],
    ['https://gitlab.x2bee.com/../x', '".."'],
    ['', 'expected an address'],
  ])('refuses %j', (address, reason) => {
    expect(gitAddressProblem(address)).toContain(reason);
  });

  it('never repeats a password', () => {
    expect(gitAddressProblem('https://jiwon:hunter22@gitlab.x2bee.com')).not.toContain('hunter22');
  });
});

describe('engineAddressProblem', () => {
  it.each(['unix:///var/run/docker.sock', 'tcp://10.0.0.2:2376', 'ssh://deploy@prd.example.com', 'ssh://prd:2222'])(
    'takes %s',
    (address) => {
      expect(engineAddressProblem(address)).toBeNull();
    },
  );

  it.each([
    '/var/run/docker.sock',
    'unix://x',
    'tcp://10.0.0.2',
    'tcp://u:p@h:1',
    'http://h:1',
    'ssh://-oProxyCommand=x',
    'ssh://-x@h',
    'ssh://u:p@h',
    'ssh://h/path',
    '',
  ])('refuses %j', (address) => {
    expect(engineAddressProblem(address)).not.toBeNull();
  });
});

it.each([
  ['127.0.0.1:18000', true],
  ['[::1]:18000', true],
  ['0.0.0.0:80', true],
  ['18000', false],
  ['localhost:18000', false],
  ['127.0.0.1', false],
  ['127.0.0.1:0', false],
])('publishing at %s is allowed: %s', (text, isAllowed) => {
  expect(publishProblem(text) === null).toBe(isAllowed);
});

it('splits host and port', () => {
  expect(parseHostPort('[::1]:5000')).toEqual({ host: '[::1]', port: 5000 });
  expect(parseHostPort('a.b')).toEqual({ host: 'a.b', port: null });
});

it('puts server, group and repository together', () => {
  expect(repositoryUrl('https://gitlab.x2bee.com/', 'xgen2.0', 'xgen-core')).toBe(
    'https://gitlab.x2bee.com/xgen2.0/xgen-core.git',
  );
});
