import type { HeaderFields } from './header-fields.js';

/** A MIME type as the standard parses it: https://mimesniff.spec.whatwg.org/#parsing-a-mime-type */
export interface MediaType {
  /** `text/html`, in lower case. */
  readonly essence: string;
  /** The parameter `charset`, as written; null when there is none. */
  readonly charset: string | null;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Tabs, and what is from the space on, but for DEL: what a parameter's value may have. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Without the look behind, each of very many spaces within a text would be tried as the first of those at its end. */
const LAST_SPACES = /(?<![\t\n\r ])[\t\n\r ]+$/;
const FIRST_SPACES = /^[\t\n\r ]+/;

/** Null for what is no MIME type. */
export function parseMediaType(text: string): MediaType | null {
  const [whole = '', ...parameters] = split(text);
  const [type = '', subtype = '', ...more] = whole.replace(FIRST_SPACES, '').replace(LAST_SPACES, '').split('/');
  if (more.length > 0 || !TOKEN.test(type) || !TOKEN.test(subtype)) return null;
  let charset: string | null = null;
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=');
    // Spaces around the equals sign would be part of what is beside it.
    const name = parameter.slice(0, Math.max(0, equals)).replace(FIRST_SPACES, '');
    const value = unquoted(parameter.slice(equals + 1).replace(LAST_SPACES, ''));
    // The first of several counts.
    if (name.toLowerCase() === 'charset' && value !== null && VALUE.test(value)) charset ??= value;
  }
  return { essence: `${type}/${subtype}`.toLowerCase(), charset };
}

/** At semicolons that are in no quoted value. */
function split(text: string): string[] {
  return text.match(/(?:=[\t\n\r ]*"(?:[^"\\]|\\.)*(?:"|$)|[^;])+/gs) ?? [];
}

/** Null for a value that is none: an empty one counts only between quotation marks. */
function unquoted(value: string): string | null {
  if (value.startsWith('"')) {
    const [, content = ''] = /^"((?:[^"\\]|\\.)*)/s.exec(value) ?? [];
    return content.replace(/\\(.)/gs, '$1');
  }
  return value || null;
}

/**
 * What the `Content-Type` fields say together: the last type counts, and a charset is that of the last type as long as
 * no other comes between (https://fetch.spec.whatwg.org/#concept-header-extract-mime-type). Null when there is none.
 */
export function mediaTypeOf(fields: HeaderFields): MediaType | null {
  let last = null as MediaType | null;
  for (const text of fields.list('content-type')) {
    const type = parseMediaType(text);
    if (type === null || type.essence === '*/*') continue;
    const before: string | null = last?.essence === type.essence ? last.charset : null;
    last = { essence: type.essence, charset: type.charset ?? before };
  }
  return last;
}

/** Types that say nothing: what they stand for is sniffed. */
export const UNKNOWN_TYPES: ReadonlySet<string> = new Set(['unknown/unknown', 'application/unknown', '*/*']);
/** Said by default by servers that did not look: https://mimesniff.spec.whatwg.org/#supplied-mime-type-detection-algorithm */
const APACHE_DEFAULT = /^text\/plain(; ?charset=(ISO-8859-1|iso-8859-1|UTF-8))?$/;
const SNIFFED_BYTES = 1445;

/** Beside what is written here, tags of any kind: pages that begin with another than the standard's list are no rarer. */
const TEXTUAL: readonly (readonly [pattern: RegExp, essence: string])[] = [
  [/^<\?xml/i, 'text/xml'],
  [/^<(![a-z-]|\/?[a-z])/i, 'text/html'],
  [/^[[{]/, 'application/json'],
];
/** https://mimesniff.spec.whatwg.org/#rules-for-identifying-an-unknown-mime-type */
const HTML_START = /^<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--)[ >]/i;
const BINARY: MediaType = { essence: 'application/octet-stream', charset: null };

/**
 * Where the header says nothing that can be believed, the first bytes do. Binary data of any kind is one type here.
 * Nothing of a page is ever executed, so that `X-Content-Type-Options` does not matter.
 */
export function sniffedType(type: MediaType | null, fields: HeaderFields, bytes: Uint8Array): MediaType {
  if (type !== null && !UNKNOWN_TYPES.has(type.essence)) {
    if (type.essence === 'text/html' && isFeed(startOf(bytes))) return { ...type, essence: 'text/xml' };
    const isDefault = APACHE_DEFAULT.test(fields.all('content-type').at(-1) ?? '');
    return isDefault && looksBinary(bytes) ? BINARY : type;
  }
  const start = startOf(bytes);
  // A tag at its start is a sign that a stray byte of zero is none against.
  if (looksBinary(bytes) && !HTML_START.test(start)) return BINARY;
  if (/^%(PDF-|!PS-Adobe-)/.test(start)) return BINARY;
  const found = TEXTUAL.find(([pattern]) => pattern.test(start));
  const essence = isFeed(start) ? 'text/xml' : (found?.[1] ?? 'text/plain');
  return { essence, charset: type?.charset ?? null };
}

/** https://mimesniff.spec.whatwg.org/#rules-for-distinguishing-if-a-resource-is-a-feed-or-html */
function isFeed(start: string): boolean {
  const root = start.replace(/^(?:\s+|<!--.*?-->|<\?.*?\?>|<![^>-][^>]*>)+/s, '');
  return /^<(rss|feed|rdf:RDF)[\s>]/.test(root);
}

function startOf(bytes: Uint8Array): string {
  const start = bytes.subarray(0, SNIFFED_BYTES);
  const [first, second] = start;
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(start);
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(start);
  const text = Buffer.from(start).toString('latin1');
  return text.replace(/^\xef\xbb\xbf/, '').trimStart();
}

/** Bytes that no text has, as browsers judge it: https://mimesniff.spec.whatwg.org/#binary-data-byte */
export function looksBinary(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  const isUtf16 = (first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe);
  if (isUtf16) return false;
  return bytes
    .subarray(0, SNIFFED_BYTES)
    .some((byte) => byte <= 8 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1a) || (byte >= 0x1c && byte <= 0x1f));
}
