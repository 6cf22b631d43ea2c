import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../src/adapters/registry/transport-error.ts';

describe('failureOf', () => {
  it.each([
    ['ECONNREFUSED', 'refused'],
    ['ENOTFOUND', 'no-such-host'],
    ['EAI_AGAIN', 'no-such-host'],
    ['ETIMEDOUT', 'timeout'],
    ['EHOSTUNREACH', 'timeout'],
    ['ECONNRESET', 'broken'],
    ['EPIPE', 'broken'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'plain-http'],
    ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'plain-http'],
    ['EPROTO', 'plain-http'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificate'],
    ['CERT_HAS_EXPIRED', 'certificate'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate'],
    ['HPE_INVALID_CONSTANT', 'not-http'],
    ['', 'other'],
  ])('%s is %s', (code, failure) => {
    expect(failureOf(code)).toBe(failure);
  });
});
