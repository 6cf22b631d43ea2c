import { expect, test } from 'vitest';
import { classifyPushFailure } from '../../src/healing/diagnose.ts';
import { RULES } from '../../src/healing/rules.ts';

test.each([
  ['no basic auth credentials', 'REGISTRY_LOGIN_REFUSED'],
  ['unauthorized: authentication required', 'REGISTRY_LOGIN_REFUSED'],
  ['Get "https://r/v2/": unauthorized: incorrect username or password', 'REGISTRY_LOGIN_REFUSED'],
  ['denied: requested access to the resource is denied', 'REGISTRY_WRITE_REFUSED'],
  ['denied', 'REGISTRY_WRITE_REFUSED'],
  ['unknown: Repository does not allow updating assets: docker', 'REGISTRY_WRITE_REFUSED'],
  ['toomanyrequests: too many', 'REGISTRY_FAILED'],
  ['received unexpected HTTP status: 500 Internal Server Error', 'REGISTRY_FAILED'],
  ['blob upload unknown to registry', 'REGISTRY_FAILED'],
  ['Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused', 'REGISTRY_UNREACHABLE'],
  ['Get "https://nosuch.invalid/v2/": dial tcp: lookup nosuch.invalid: no such host', 'REGISTRY_UNREACHABLE'],
  ['Put "http://r/v2/x/blobs/uploads/1": EOF', 'REGISTRY_UNREACHABLE'],
  ['Get "https://r/v2/": http: server gave HTTP response to HTTPS client', 'REGISTRY_UNREACHABLE'],
  ['Get "https://r/v2/": x509: certificate signed by unknown authority', 'REGISTRY_UNREACHABLE'],
  ['unexpected EOF', 'PUSH_FAILED'],
  ['file integrity checksum failed for "etc/passwd"', 'PUSH_FAILED'],
])('%s is %s', (message, code) => {
  const failure = {
    during: 'push',
    message,
    reference: 'r.example.com/xgen/core:b1-amd64',
    host: 'r.example.com',
    loginFrom: null,
  } as const;
  const error = classifyPushFailure(failure, RULES);
  expect(error.code).toBe(code);
  expect(error.evidence).toEqual([message]);
  expect(error.hint).not.toBeNull();
});
