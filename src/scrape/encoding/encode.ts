import { textIn } from './decode.js';

type Bytes = readonly number[];
/** From character to bytes, for all that is not ASCII. */
type Encoder = ReadonlyMap<string, Bytes>;

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
  const bytes = encoding === 'iso-2022-jp' ? inJis(query.slice(1)) : inEncoding(query.slice(1), encoding);
  return `${before}?${bytes.map(percentEncoded).join('')}${fragment}`;
}

/** Not by a regular expression, which would look at spaces inside again and again. */
function withoutSpacesAround(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === ' ') start += 1;
  while (end > start && text[end - 1] === ' ') end -= 1;
  return text.slice(start, end);
}

/** https://url.spec.whatwg.org/#special-query-percent-encode-set */
function percentEncoded(byte: number): string {
  const character = String.fromCharCode(byte);
  const stays = byte > 0x20 && byte < 0x7f && !`"#<>'`.includes(character);
  return stays ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

function inEncoding(text: string, encoding: string): number[] {
  const encoder = encoderOf(encoding);
  return [...text].flatMap((character) => encoded(character, encoder));
}

function encoded(character: string, encoder: Encoder): Bytes {
  if (character < '\x80') return [character.charCodeAt(0)];
  return encoder.get(character) ?? [...Buffer.from(encodeURIComponent(`&#${character.codePointAt(0)};`))];
}

const TO_JIS = [0x1b, 0x24, 0x42];
const TO_ASCII = [0x1b, 0x28, 0x42];

/** ISO-2022-JP: the double bytes of EUC-JP without their high bits, between escape sequences. */
function inJis(text: string): number[] {
  const encoder = encoderOf('euc-jp');
  const bytes: number[] = [];
  let inAscii = true;
  for (const character of text) {
    const pair = encoder.get(fullWidth(character));
    const isDouble = pair?.length === 2 && pair[0] !== 0x8e;
    if (isDouble === inAscii) bytes.push(...(isDouble ? TO_JIS : TO_ASCII));
    inAscii = !isDouble;
    bytes.push(...(isDouble ? pair.map((byte) => byte & 0x7f) : encoded(character, new Map())));
  }
  return inAscii ? bytes : [...bytes, ...TO_ASCII];
}

/** Half-width katakana have no place in ISO-2022-JP. */
function fullWidth(character: string): string {
  if (character === '\uff9e') return '\u309b';
  if (character === '\uff9f') return '\u309c';
  return /[\uff61-\uff9d]/.test(character) ? character.normalize('NFKC') : character;
}

const encoders = new Map<string, Encoder>();

/** Made from the decoder when first needed, which takes some 20 ms. */
function encoderOf(encoding: string): Encoder {
  let encoder = encoders.get(encoding);
  if (!encoder) {
    encoder = inverted(encoding);
    encoders.set(encoding, encoder);
  }
  return encoder;
}

/** Several bytes may stand for one character: by the encoding standard the first are written, but for what is said. */
function inverted(encoding: string): Encoder {
  const map = new Map<string, Bytes>();
  const add = (...bytes: number[]) => {
    const character = textIn(encoding, Uint8Array.from(bytes));
    const isOne = [...character].length === 1 && character >= '\x80' && !/[\ufffd\ue000-\uf8ff]/.test(character);
    if (!isOne || (map.has(character) && !BIG5_LAST.has(`${encoding}${character}`))) return;
    map.set(character, bytes);
  };
  // Decoders of GB18030 know a single byte for the euro sign; it is written as two.
  if (encoding !== 'gb18030') for (let byte = 0x80; byte <= 0xff; byte += 1) add(byte);
  for (const lead of LEADS[encoding]?.() ?? []) for (let trail = 0x40; trail <= 0xfe; trail += 1) add(lead, trail);
  if (encoding === 'euc-jp') for (let trail = 0xa1; trail <= 0xdf; trail += 1) add(0x8e, trail);
  if (encoding === 'gb18030') addFourBytes(add);
  if (encoding === 'gbk') map.set('€', [0x80]);
  if (encoding === 'euc-jp' || encoding === 'shift_jis') {
    map.set('¥', [0x5c]).set('‾', [0x7e]);
    map.set('−', map.get('－') ?? []);
  }
  return map;
}

/** https://encoding.spec.whatwg.org/#index-big5-pointer */
const BIG5_LAST = new Set([...'═╞╡╪十卅'].map((character) => `big5${character}`));

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** First bytes of two, in the order of preference, without those that only decoders know. */
const LEADS: Readonly<Record<string, () => number[]>> = {
  // 0xED to 0xEF repeat what is in 0xFA to 0xFC.
  shift_jis: () => [...range(0x81, 0x9f), ...range(0xe0, 0xec), ...range(0xfa, 0xfc)],
  'euc-jp': () => range(0xa1, 0xfe),
  'euc-kr': () => range(0x81, 0xfe),
  gbk: () => range(0x81, 0xfe),
  gb18030: () => range(0x81, 0xfe),
  big5: () => range(0xa1, 0xfe),
};

/** Those of the Basic Multilingual Plane. */
function addFourBytes(add: (...bytes: number[]) => void): void {
  for (const first of range(0x81, 0x84)) {
    for (const second of range(0x30, 0x39)) {
      for (const third of range(0x81, 0xfe)) for (const fourth of range(0x30, 0x39)) add(first, second, third, fourth);
    }
  }
}
