import { type Failure, StepError } from '../../index.js';

/** What a system's or undici's error code means to a person: a code to translate by, and English. */
const NETWORK: readonly (readonly [codes: RegExp, code: string, says: string])[] = [
  [/^(ENOTFOUND|EAI_)/, 'host-not-found', 'no address was found for this host'],
  [/^ECONNREFUSED$/, 'connection-refused', 'the host refused the connection'],
  [
    /^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/,
    'host-unreachable',
    'the host could not be reached',
  ],
  [/^UND_ERR_HEADERS_TIMEOUT$/, 'answer-too-slow', 'the host accepted the request but did not answer in time'],
  [/^UND_ERR_BODY_TIMEOUT$/, 'answer-stalled', 'the answer stopped half-way'],
  [
    /^(UND_ERR_SOCKET|UND_ERR_DESTROYED|HPE_INVALID_EOF_STATE|ECONNRESET|EPIPE|ECONNABORTED)$/,
    'connection-lost',
    'the host closed the connection',
  ],
  [/^UND_ERR_HEADERS_OVERFLOW$/, 'headers-too-large', 'the headers of the answer are too large'],
  [/^(HPE_|HTTPParserError)/, 'not-http', 'the answer is not proper HTTP'],
];

/** The same at every attempt: the answer came, and cannot be read. */
const DETERMINISTIC = new Set(['headers-too-large', 'not-http']);

/** OpenSSL's names for a certificate that does not hold: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /CERT|^ERR_TLS_|SELF_SIGNED|UNABLE_TO_|^HOSTNAME_MISMATCH$/;
/** Those that people meet. */
const CERTIFICATES: readonly (readonly [codes: RegExp, code: string, says: string])[] = [
  [/^CERT_HAS_EXPIRED$/, 'certificate-expired', 'it has expired'],
  [/^CERT_NOT_YET_VALID$/, 'certificate-too-new', 'it is not valid yet'],
  [/SELF_SIGNED/, 'certificate-self-signed', 'nobody vouches for it but itself'],
  [/UNABLE_TO_(GET|VERIFY)/, 'certificate-of-unknown', 'who issued it cannot be verified'],
  [/ALTNAME|HOSTNAME_MISMATCH/, 'certificate-of-another', 'it is that of another host'],
];

/** The `StepError` for what undici or the system threw; one already made is passed on. */
export function networkFailure(thrown: unknown): StepError {
  if (thrown instanceof StepError) return thrown;
  const error = firstOf(thrown);
  const reason = error.message || error.code || error.name;
  const options = { cause: thrown, params: { reason } };
  const code = error.code ?? error.name;
  if (CERTIFICATE.test(code)) {
    const [, reasonCode, says] = CERTIFICATES.find(([codes]) => codes.test(code)) ?? [];
    return new StepError('bad-certificate', `the host's certificate cannot be trusted: ${says ?? reason}`, {
      cause: thrown,
      params: { reason, ...(reasonCode !== undefined && { reasonCode }) },
      retry: false,
    });
  }
  const known = NETWORK.find(([codes]) => codes.test(code));
  if (!known) return new StepError('network-error', `the request failed: ${reason}`, options);
  const [, kind, says] = known;
  // What is wrong with an answer is worth telling; the system's own words tell a visitor nothing.
  return DETERMINISTIC.has(kind)
    ? new StepError(kind, `${says} (${reason})`, { ...options, retry: false })
    : new StepError(kind, says, options);
}

/** The `params` for a failure that another one is the reason of, from which it is told in the reader's language. */
export function reasonParams({ code, message, params }: Failure): Failure['params'] {
  return { reason: message, reasonCode: code, ...params };
}

/** Several addresses tried in vain come as one AggregateError. */
function firstOf(thrown: unknown): NodeJS.ErrnoException {
  const first: unknown = thrown instanceof AggregateError ? (thrown.errors[0] ?? thrown) : thrown;
  return first instanceof Error ? first : new Error(String(first));
}

/**
 * The failure for an answer that is no page. `params.retryAfterMs` says how long the host asked to be left alone,
 * when it did. Only 408, 429 and 5xx are worth another try.
 */
export function statusFailure(status: number, retryAfterMs: number | null = null): StepError {
  return new StepError('http-status', `the host answered with status ${status}`, {
    params: { status, ...(retryAfterMs !== null && { retryAfterMs }) },
    retry: status === 408 || status === 429 || status >= 500,
  });
}

/** Milliseconds from `now`, from `Retry-After` in seconds or as a date (RFC 9110, 10.2.3); null when it is neither. */
export function parseRetryAfter(value: string, now: number): number | null {
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  // A number such as -1 or 1.5 would pass for a date.
  const date = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

export function notFetchable(url: string): StepError {
  return new StepError('bad-address', `not an http or https address: ${url}`, { params: { url }, retry: false });
}

export function notText(type: string): StepError {
  return new StepError('not-text', `neither HTML nor XML nor text: ${type}`, { params: { type }, retry: false });
}

export function tooLarge(maxBytes: number): StepError {
  const mebibytes = Math.round((maxBytes / 1024 / 1024) * 10) / 10;
  return new StepError('too-large', `larger than ${mebibytes} MiB`, { params: { mebibytes }, retry: false });
}
