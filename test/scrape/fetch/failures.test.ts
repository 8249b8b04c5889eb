import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkFailure, parseRetryAfter } from '../../../src/scrape/fetch/failures.js';

const NOW = Date.UTC(2026, 0, 1);

test('Retry-After is read in seconds and as a date', () => {
  assert.equal(parseRetryAfter('120', NOW), 120_000);
  assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:01:00 GMT', NOW), 60_000);
});

test('a date in the past means now, nonsense means nothing', () => {
  assert.equal(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', NOW), 0);
  for (const nonsense of ['soon', '-1', '0.5', '1.5', '']) assert.equal(parseRetryAfter(nonsense, NOW), null, nonsense);
});

test('a certificate that does not hold is final', () => {
  for (const [code, reasonCode] of [
    ['CERT_HAS_EXPIRED', 'certificate-expired'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate-self-signed'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate-of-unknown'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate-of-another'],
    ['CERT_REVOKED', undefined],
  ] as const) {
    const { failure, retry } = networkFailure(Object.assign(new Error(code), { code }));
    assert.deepEqual([failure.code, failure.params['reasonCode'], retry], ['bad-certificate', reasonCode, false]);
  }
});

test('a host that is not found is told in words; the words of the system are kept for the log', () => {
  const raw = Object.assign(new Error('getaddrinfo ENOTFOUND shoop.example'), { code: 'ENOTFOUND' });
  const thrown = networkFailure(raw);
  assert.equal(thrown.message, 'no address was found for this host');
  assert.equal(thrown.cause, raw);
});

test('of several addresses tried in vain, the first is named', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  assert.equal(networkFailure(new AggregateError([refused])).failure.code, 'connection-refused');
});
