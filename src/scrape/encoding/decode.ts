import { detectEncoding } from './detect.js';
import { prescan, xmlEncoding } from './prescan.js';
import { NOT_OF_NODE, textIn } from './text-in.js';

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
  /** XML has declarations of its own, and no `<meta>`. */
  readonly isXml?: boolean;
}

const DECLARED_WITHIN = 64 * 1024;
/** Where ISO-2022-JP turns to Japanese characters. */
const JIS_ESCAPES = ['\x1b$@', '\x1b$B'];

/**
 * Bytes to text, each encoding by any label of the encoding standard (https://encoding.spec.whatwg.org/#names-and-labels).
 * An unknown label counts as none. Bytes that the encoding lacks become U+FFFD.
 */
export function decode(bytes: Uint8Array, { charset, override, isXml = false }: DecodeHints = {}): Decoded {
  const overridden = knownEncoding(override);
  if (overridden) return decodedAs(bytes, overridden, 'override');
  const bom = encodingOfBom(bytes);
  if (bom) return decodedAs(bytes, bom, 'bom');
  const header = knownEncoding(charset);
  if (header) return decodedAs(bytes, header, 'http');
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, DECLARED_WITHIN)).toString('latin1');
  const xml = xmlEncoding(head, knownEncoding);
  // Bytes of UTF-16 show nothing to the prescan.
  const meta = isXml || xml?.startsWith('utf-16') ? null : prescan(head, knownEncoding);
  if (meta) return decodedAs(bytes, meta, 'meta');
  if (xml) return decodedAs(bytes, xml, 'xml');
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

/** In characters. The longest label there is has 17; around it may be spaces. */
const LONGEST_LABEL = 100;

/** The standard's name for a label, full-width or not; null when there is none, or no decoder for it. */
export function knownEncoding(label: string | null | undefined): string | null {
  if (!label || label.length > LONGEST_LABEL) return null;
  const name = label.normalize('NFKC').trim().toLowerCase();
  if (NOT_OF_NODE.has(name)) return name;
  try {
    return new TextDecoder(ALIASES.get(name) ?? name).encoding;
  } catch {
    return null;
  }
}

function decodedAs(bytes: Uint8Array, encoding: string, why: Why): Decoded {
  return { text: textIn(encoding, bytes), encoding, why };
}

function encodingOfBom([a, b, c]: Uint8Array): string | null {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  return null;
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
