import type { AddressVerdict } from './address-policy.ts';

export type OutboundFailureCode =
  | 'timeout'
  | 'dns'
  | 'blocked_address'
  | 'connect'
  | 'tls'
  | 'protocol'
  | 'aborted'
  | 'bad_url'
  | 'too_many_redirects';

export interface OutboundFailure {
  readonly ok: false;
  readonly code: OutboundFailureCode;
  /** One sentence in English that names the host at most: never the path, the query, a header or an address. */
  readonly text: string;
  /** The status, where the head of an answer came before it went wrong. */
  readonly status?: number;
}

export function failure(code: OutboundFailureCode, text: string, status?: number): OutboundFailure {
  return status === undefined ? { ok: false, code, text } : { ok: false, code, text, status };
}

type Reason = Exclude<AddressVerdict, { open: true }>['reason'];

const REASON_WORDS: Readonly<Record<Reason, string>> = {
  loopback: 'to this machine itself',
  private: 'into a private network',
  special: 'into a range for special use',
  metadata: 'to a cloud metadata service',
  link_local: 'to a link-local address',
  unspecified: 'to the unspecified address',
  multicast: 'to a multicast group',
  reserved: 'into a reserved range',
  invalid: 'to something that is no address',
  own: 'to a port of this server itself',
};

/** The address itself is not said: on a hosted install that would tell strangers about the inner network. */
export function blockedFailure(host: string, reason: Reason): OutboundFailure {
  const hint = reason === 'loopback' || reason === 'private' || reason === 'special';
  const setting = hint ? '; ALLSWELL_PRIVATE_TARGETS decides whether such places are open' : '';
  return failure('blocked_address', `${host} leads ${REASON_WORDS[reason]}, which is not called${setting}.`);
}

const DNS_WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name is not known',
  ENODATA: 'the name has no address',
  ETIMEOUT: 'the name server did not answer',
  EAI_AGAIN: 'the name server did not answer',
  ESERVFAIL: 'the name server failed',
  EREFUSED: 'the name server refused to answer',
};

export function dnsFailure(host: string, error: unknown): OutboundFailure {
  const code = errorCode(error);
  return failure('dns', `${host} could not be looked up: ${DNS_WORDS[code] ?? (code || 'no address came back')}.`);
}

const CONNECT_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed at once',
  EPIPE: 'the connection was closed at once',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  ETIMEDOUT: 'nothing answered',
  UND_ERR_CONNECT_TIMEOUT: 'nothing answered',
};

/** Where the exchange stood when it failed. */
export type Phase = 'connecting' | 'waiting' | 'reading';

/** Turns what the HTTP client threw into a failure. `place` is `host:port`, or the proxy's words. */
export function exchangeFailure(place: string, phase: Phase, error: unknown, status?: number): OutboundFailure {
  const code = errorCode(error);
  if (isTlsCode(code)) return failure('tls', `No safe connection to ${place}: ${tlsWords(code)}.`, status);
  if (code === 'UND_ERR_INVALID_ARG') return failure('bad_url', `The request to ${place} is not valid HTTP.`, status);
  if (code.startsWith('UND_ERR_PRX') || /proxy response/i.test(errorMessage(error))) {
    return failure('connect', `The proxy did not open a way to ${place}.`, status);
  }
  if (phase === 'connecting') {
    return failure('connect', `No connection to ${place}: ${CONNECT_WORDS[code] ?? (code || 'it failed')}.`, status);
  }
  if (code.startsWith('HPE_')) return failure('protocol', `${place} did not answer in HTTP.`, status);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return failure('protocol', `${place} sent more headers than are read.`, status);
  }
  const when = phase === 'waiting' ? 'without an answer' : 'before the answer was complete';
  return failure('protocol', `${place} closed the connection ${when}.`, status);
}

/** The system's or the library's word for an error; that of the first attempt where several addresses were tried. */
function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  if (!(error instanceof Error)) return '';
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

const TLS_CODES = new Set([
  'EPROTO',
  'UND_ERR_PRX_TLS',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'HOSTNAME_MISMATCH',
]);

function isTlsCode(code: string): boolean {
  return TLS_CODES.has(code) || /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_)/.test(code);
}

const TLS_WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is signed by an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate cannot be traced to a trusted authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate cannot be traced to a trusted authority',
};

function tlsWords(code: string): string {
  return TLS_WORDS[code] ?? `the TLS handshake failed (${code})`;
}
