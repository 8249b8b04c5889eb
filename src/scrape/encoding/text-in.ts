import { exodusEncoding } from '../packages.js';

/** Of the standard, but not of Node. */
export const NOT_OF_NODE: ReadonlySet<string> = new Set(['iso-8859-16', 'x-user-defined']);

/** Where Node's decoder differs from the standard without any sign of it. */
const ALWAYS_WRONG = new Set([...NOT_OF_NODE, 'big5', 'ibm866', 'iso-2022-jp', 'koi8-u', 'windows-1253']);
/**
 * Where what Node gets wrong shows: as a replacement, a private character or a control character. Node is faster, and
 * most pages have none of these.
 */
const SOMETIMES_WRONG = new Set(['shift_jis', 'euc-jp', 'euc-kr', 'windows-874', 'windows-1252', 'windows-1255']);
const SIGN = /[\ufffd\ue000-\uf8ff\x7f-\x9f]/;
/** Bytes behind which it does not show: half-width katakana and JIS X 0212 in EUC-JP, DEL as a trail byte and what it is exchanged with. */
const BLIND: Readonly<Record<string, readonly number[]>> = { 'euc-jp': [0x8e, 0x8f], shift_jis: [0x1a, 0x1c, 0x7f] };

/** `encoding` by the standard's name. */
export function textIn(encoding: string, bytes: Uint8Array): string {
  // The standard has one decoder for both; Node 20 has a lesser one for GBK.
  const name = encoding === 'gbk' ? 'gb18030' : encoding;
  if (ALWAYS_WRONG.has(name) || BLIND[name]?.some((byte) => bytes.includes(byte))) return byStandard(name, bytes);
  const text = new TextDecoder(name).decode(bytes);
  return SOMETIMES_WRONG.has(name) && SIGN.test(text) ? byStandard(name, bytes) : text;
}

function byStandard(encoding: string, bytes: Uint8Array): string {
  const { TextDecoder: StandardDecoder } = exodusEncoding();
  return new StandardDecoder(encoding).decode(bytes);
}
