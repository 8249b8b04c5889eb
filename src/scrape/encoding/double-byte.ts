import { iconvLite } from '../packages.js';

type Encoding = 'euc-kr' | 'big5';

/** iconv-lite's name, and bytes by which a decoder shows whether it follows the standard. */
const ENCODINGS: Readonly<Record<Encoding, { name: string; probe: readonly number[]; text: string }>> = {
  'euc-kr': { name: 'cp949', probe: [0x81, 0x41, 0xc9, 0xa1, 0x41, 0x80], text: '\uac02\ufffdA\ufffd' },
  big5: {
    name: 'big5hkscs',
    probe: [0x87, 0x40, 0x88, 0x62, 0x81, 0xa1, 0x41, 0x80],
    text: '䏰\xca\u0304\ufffdA\ufffd',
  },
};

/**
 * Bytes to text by the encoding standard. Node 20's own decoders lack half of the Korean syllables (those of
 * windows-949) and give private characters for Hong Kong's.
 */
export function doubleByte(encoding: Encoding, bytes: Uint8Array): string {
  const { probe, text } = ENCODINGS[encoding];
  const own = new TextDecoder(encoding);
  return own.decode(Uint8Array.from(probe)) === text ? own.decode(bytes) : byTable(bytes, tableOf(encoding));
}

/** https://encoding.spec.whatwg.org/#euc-kr-decoder, and Big5's: the same but for the table. */
function byTable(bytes: Uint8Array, table: Table): string {
  const units = new Uint16Array(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i += 1, length += 1) {
    const lead = bytes[i] ?? 0;
    units[length] = lead;
    if (lead < 0x80) continue;
    const trail = bytes[i + 1] ?? 0;
    const at = 2 * (lead * 256 + trail);
    const [first = 0, second = 0] = [table[at], table[at + 1]];
    units[length] = first || 0xfffd;
    if (second) {
      length += 1;
      units[length] = second;
    }
    // What is ASCII is no part of a broken character: it may be the `<` of the next element.
    if (first || (trail >= 0x80 && lead >= 0x81 && lead <= 0xfe)) i += 1;
  }
  return Buffer.from(units.buffer, 0, 2 * length).toString('utf16le');
}

/** Two UTF-16 units for each two bytes; 0: none. */
type Table = Uint16Array;

const tables = new Map<Encoding, Table>();

/** Made when first needed, which takes some 20 ms. */
function tableOf(encoding: Encoding): Table {
  let table = tables.get(encoding);
  if (!table) {
    table = new Uint16Array(2 * 65_536);
    for (let lead = 0x81; lead <= 0xfe; lead += 1) {
      for (let trail = 0x40; trail <= 0xfe; trail += 1) {
        const text = iconvLite().decode(Buffer.from([lead, trail]), ENCODINGS[encoding].name);
        if (!text.includes('\ufffd')) table.set([text.charCodeAt(0), text.charCodeAt(1)], 2 * (lead * 256 + trail));
      }
    }
    tables.set(encoding, table);
  }
  return table;
}
