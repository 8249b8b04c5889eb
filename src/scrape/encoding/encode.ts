import { exodusWhatwg } from '../packages.js';

/** https://url.spec.whatwg.org/#special-query-percent-encode-set */
const STAYS_NOT = ` "#'<>`;

/**
 * An address as written on a page, with its query in the page's encoding and percent-encoded, as the URL standard
 * says. Everything else of it stays, for the URL parser to read. Characters that the encoding lacks become `&#N;`.
 */
export function encodedQuery(address: string, encoding: string): string {
  const isUnicode = encoding === 'utf-8' || encoding.startsWith('utf-16');
  if (isUnicode || !/[^ -~]/.test(address)) return address;
  // What the URL parser throws away must not be encoded first.
  const clean = withoutSpacesAround(address.replace(/[\t\n\r]/g, ''));
  const [, before = '', query, fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/su.exec(clean) ?? [];
  if (query === undefined) return address;
  const encoded = exodusWhatwg().percentEncodeAfterEncoding(encoding, query.slice(1), STAYS_NOT);
  return `${before}?${encoded}${fragment}`;
}

/** Not by a regular expression, which would look at spaces inside again and again. */
function withoutSpacesAround(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === ' ') start += 1;
  while (end > start && text[end - 1] === ' ') end -= 1;
  return text.slice(start, end);
}
