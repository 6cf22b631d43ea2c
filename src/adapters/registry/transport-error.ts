import { messageOf } from '../../errors/xgen-error.ts';

/** How a request ended without an answer. */
export type TransportFailure =
  | 'refused'
  | 'no-such-host'
  | 'timeout'
  | 'broken'
  | 'plain-http'
  | 'certificate'
  | 'not-http'
  | 'too-large'
  | 'other';

export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly kind: TransportFailure;
  /** True where an idle connection was used again and broke before anything was answered. */
  readonly onReusedConnection: boolean;

  constructor(kind: TransportFailure, message: string, onReusedConnection = false) {
    super(message);
    this.kind = kind;
    this.onReusedConnection = onReusedConnection;
  }
}

export function transportErrorOf(error: unknown, reusedSocket: boolean): TransportError {
  if (error instanceof TransportError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const kind = failureOf(code);
  return new TransportError(kind, messageOf(error), reusedSocket && kind === 'broken');
}

/** What an error code of node's sockets, OpenSSL or HTTP parser means. Table in the test. */
export function failureOf(code: string): TransportFailure {
  switch (code) {
    case 'ECONNREFUSED':
      return 'refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
      return 'no-such-host';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'timeout';
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNABORTED':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return 'broken';
    // OpenSSL reads the first bytes of an HTTP answer as the head of a TLS record.
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
    case 'ERR_SSL_HTTP_REQUEST':
    case 'ERR_SSL_UNKNOWN_PROTOCOL':
      return 'plain-http';
    default:
      if (code.startsWith('HPE_')) return 'not-http';
      return /CERT|^ERR_TLS_|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY|DECODE)|SIGNATURE|CRL/.test(code)
        ? 'certificate'
        : 'other';
  }
}
