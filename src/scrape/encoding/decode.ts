import { encodingJapanese } from '../packages.js';
import { doubleByte } from './double-byte.js';

/** What decided the encoding, from strongest to weakest. */
export type Why = 'override' | 'bom' | 'http' | 'meta' | 'xml' | 'valid-utf-8' | 'detected' | 'fallback';

export interface Decoded {
  readonly text: string;
  /** The encoding standard's name, lower-case. */
  readonly encoding: string;
  readonly why: Why;
}

export interface DecodeHints {
  /** Charset of the HTTP header. */
  readonly charset?: string | null;
  /** An encoding that the visitor insists on. */
  readonly override?: string | null;
}

const DECLARED_WITHIN = 64 * 1024;
/** Where ISO-2022-JP turns to Japanese characters. */
const JIS_ESCAPES = ['\x1b$@', '\x1b$B'];

/**
 * Bytes to text, each encoding by any label of the encoding standard (https://encoding.spec.whatwg.org/#names-and-labels).
 * An unknown label counts as none. Bytes that the encoding lacks become U+FFFD.
 */
export function decode(bytes: Uint8Array, { charset, override }: DecodeHints = {}): Decoded {
  const overridden = known(override);
  if (overridden) return decodedAs(bytes, overridden, 'override');
  const bom = encodingOfBom(bytes);
  if (bom) return decodedAs(bytes, bom, 'bom');
  const header = known(charset);
  if (header) return decodedAs(bytes, header, 'http');
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, DECLARED_WITHIN)).toString('latin1');
  const xml = encodingOfXml(head);
  if (xml) return decodedAs(bytes, xml, 'xml');
  const meta = encodingOfMeta(head);
  if (meta) return decodedAs(bytes, meta, 'meta');
  // All of it is ASCII, so that it would pass for UTF-8.
  if (JIS_ESCAPES.some((sequence) => head.includes(sequence)) && !hasHighByte(bytes)) {
    return decodedAs(bytes, 'iso-2022-jp', 'detected');
  }
  if (isUtf8(bytes)) return decodedAs(bytes, 'utf-8', 'valid-utf-8');
  const detected = detectEncoding(bytes);
  return detected ? decodedAs(bytes, detected, 'detected') : decodedAs(bytes, 'windows-1252', 'fallback');
}

/** Names that other programs have for encodings of the standard. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['cp932', 'shift_jis'],
  ['cp949', 'euc-kr'],
]);

/** The standard's name for a label, full-width or not; null when there is none, or no decoder for it. */
export function known(label: string | null | undefined): string | null {
  if (!label) return null;
  try {
    const name = label.normalize('NFKC').trim().toLowerCase();
    return new TextDecoder(ALIASES.get(name) ?? name).encoding;
  } catch {
    return null;
  }
}

function decodedAs(bytes: Uint8Array, encoding: string, why: Why): Decoded {
  return { text: textIn(encoding, bytes), encoding, why };
}

/** `encoding` by the standard's name. */
export function textIn(encoding: string, bytes: Uint8Array): string {
  if (encoding === 'euc-kr' || encoding === 'big5') return doubleByte(encoding, bytes);
  // One decoder by the standard; Node 20 has a lesser one for GBK.
  const text = new TextDecoder(encoding === 'gbk' ? 'gb18030' : encoding).decode(bytes);
  return encoding === 'windows-1252' ? withWindowsPunctuation(text) : text;
}

const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** Node 20 decodes windows-1252 as ISO-8859-1, which has control characters where quotation marks should be. */
function withWindowsPunctuation(text: string): string {
  return text.replace(/[\x80-\x9f]/g, (character) => WINDOWS_1252.charAt(character.charCodeAt(0) - 0x80));
}

function encodingOfBom([a, b, c]: Uint8Array): string | null {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  return null;
}

function encodingOfXml(head: string): string | null {
  // UTF-16 without a byte order mark still shows in the first characters of the declaration.
  if (head.startsWith('<\0?\0')) return 'utf-16le';
  if (head.startsWith('\0<\0?')) return 'utf-16be';
  const declared = /^\s*<\?xml\s[^>]{0,1000}?encoding\s*=\s*["']([^"']{1,50})["']/.exec(head);
  return readable(known(declared?.[1]));
}

/** Comments are stepped over; the bounds keep hostile pages from costing more than one look at each character. */
const META = /<!--[\s\S]*?(?:-->|$)|<meta[\s/]((?:[^>"']|"[^"]{0,500}"|'[^']{0,500}'){0,1000})/gi;

const ATTRIBUTE = /([^\s=>"'/]+)(?:\s*=\s*(?:"([^"]{0,500})"|'([^']{0,500})'|([^\s"'>]+)))?/g;

function encodingOfMeta(head: string): string | null {
  for (const [, tag] of head.matchAll(META)) {
    if (tag === undefined) continue;
    const attributes = new Map<string, string>();
    for (const [, name = '', double, single, bare] of tag.matchAll(ATTRIBUTE)) {
      attributes.set(name.toLowerCase(), double ?? single ?? bare?.replace(/\/$/, '') ?? '');
    }
    const isContentType = attributes.get('http-equiv')?.trim().toLowerCase() === 'content-type';
    const content = isContentType ? /charset\s*=\s*["']?\s*([^\s"';]+)/i.exec(attributes.get('content') ?? '') : null;
    const encoding = readable(known(attributes.get('charset') ?? content?.[1]));
    if (encoding) return encoding;
  }
  return null;
}

/** A declaration that could be read as ASCII was not written in UTF-16: the HTML standard takes it for UTF-8. */
function readable(encoding: string | null): string | null {
  return encoding?.startsWith('utf-16') ? 'utf-8' : encoding;
}

function hasHighByte(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte >= 0x80);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const LABELS: Readonly<Record<string, string>> = { SJIS: 'shift_jis', EUCJP: 'euc-jp', JIS: 'iso-2022-jp' };
const DETECTED_BYTES = 256 * 1024;
const KANA = /[\u3041-\u30fa]/g;
const BEYOND_ASCII = /[\u0080-\ufffc]/g;

/** Of the bytes that are not valid UTF-8 as a whole; null when they do not look Japanese. */
function detectEncoding(bytes: Uint8Array): string | null {
  const start = bytes.findIndex((byte) => byte >= 0x80);
  const sample = bytes.subarray(start, start + DETECTED_BYTES);
  // One stray byte in a page of UTF-8 is common, and UTF-8 may pass for Shift_JIS.
  if (isMostly(sample, 'utf-8', BEYOND_ASCII)) return 'utf-8';
  const name = encodingJapanese().detect(sample, ['JIS', 'EUCJP', 'SJIS']);
  if (name === 'SJIS' && !isLikelyShiftJis(sample)) return null;
  if (name) return LABELS[name] ?? null;
  // One stray byte, or a character cut by the sample's end, hides an encoding from the strict detector.
  return ['shift_jis', 'euc-jp'].find((encoding) => isMostly(sample, encoding, KANA)) ?? null;
}

/** Accented Latin text can pass for valid Shift_JIS, but only with lead bytes that Japanese rarely uses. */
function isLikelyShiftJis(bytes: Uint8Array): boolean {
  let common = 0;
  let rare = 0;
  for (const byte of bytes) {
    if (byte >= 0x81 && byte <= 0x9f) common += 1;
    else if (byte >= 0xe0) rare += 1;
  }
  return common >= rare;
}

function isMostly(bytes: Uint8Array, encoding: string, expected: RegExp): boolean {
  const text = new TextDecoder(encoding).decode(bytes);
  const good = text.match(expected)?.length ?? 0;
  const broken = text.match(/\ufffd/g)?.length ?? 0;
  return good > 20 * broken;
}
