import { withPlainDigits } from './digits.js';

/** Where a comma stands before the parts of one. https://cldr.unicode.org */
const COMMA_LANGUAGES = new Set(
  'af az be bg bs ca cs da de el es et eu fi fr gl hr hu hy id is it ka kk lt lv mk nb nl nn no pl pt ro ru sk sl sq sr sv tr uk uz vi'.split(
    ' ',
  ),
);
const GROUPED = String.raw`\d{1,3}(?:[ \u00a0\u2009\u202f'’]\d{3})+(?:[.,]\d+)?(?!\d)`;
const NUMBER = new RegExp(
  String.raw`([-+△▲])?\s{0,3}(?:\p{Sc}|[A-Z]{2,3}\$?)?\s{0,3}(${GROUPED}|\d[\d.,]*)\s?([万億兆])?`,
  'u',
);
/** `1万2000`: what follows belongs to it. */
const AFTER_UNIT = /^\s?(\d[\d,]*)\s?([万億兆])?/;
const UNITS: Readonly<Record<string, number>> = { 万: 1e4, 億: 1e8, 兆: 1e12 };
/** Nobody looks further for a number. */
const LONGEST = 1000;
/** More digits than these no number of JavaScript holds. */
const MOST_DIGITS = 15;

/**
 * The first number in a text: `10,200円（税込）` is 10200, `1.234,56 €` is 1234.56. `language`: of the page, which decides
 * what `1.234` is. A text of digits where it has more of them than a number can hold; null when there is none.
 */
export function numberIn(text: string, language: string): number | string | null {
  const plain = withPlainDigits(text.slice(0, LONGEST));
  const match = NUMBER.exec(plain);
  if (match === null) return null;
  const [whole, sign, written = '', unit] = match;
  const digits = plainNumber(written, language);
  const value = unit === undefined ? digits : withUnits(digits, unit, plain.slice(match.index + whole.length));
  // A hyphen behind a letter or digit is none of a number: `A-12`.
  const isNegative = sign !== undefined && sign !== '+' && !/[\p{L}\p{N}]$/u.test(plain.slice(0, match.index));
  const signed = isNegative ? `-${value}` : value;
  return value.replace(/\D/g, '').length > MOST_DIGITS ? signed : Number(signed);
}

/** As JavaScript writes it. */
function plainNumber(written: string, language: string): string {
  const text = written.replace(/[ \u00a0\u2009\u202f'’]/g, '').replace(/[.,]+$/, '');
  const at = decimalAt(text, language);
  const whole = text.slice(0, at).replace(/[.,]/g, '');
  const parts = text.slice(at + 1);
  return at === text.length || parts === '' ? whole : `${whole}.${parts}`;
}

/** Where the sign before the parts of one stands; the length of the text when there is none. */
function decimalAt(text: string, language: string): number {
  const [dot, comma] = [text.lastIndexOf('.'), text.lastIndexOf(',')];
  if (dot >= 0 && comma >= 0) return Math.max(dot, comma);
  const at = Math.max(dot, comma);
  if (at < 0 || text.indexOf(text.charAt(at)) !== at) return text.length;
  const isGroup = text.length - at === 4 && at <= 3 && text[0] !== '0';
  const isComma = comma >= 0;
  return isGroup && isComma !== usesComma(language) ? text.length : at;
}

function usesComma(language: string): boolean {
  // Switzerland and most of Latin America aside, by the language alone.
  if (/^(?:es-(?:mx|us|gt|hn|ni|pa|pe|pr|do|sv)|de-(?:ch|li))$/i.test(language)) return false;
  return COMMA_LANGUAGES.has(language.toLowerCase().split('-')[0] ?? '');
}

function withUnits(digits: string, unit: string, behind: string): string {
  let value = Number(digits) * (UNITS[unit] ?? 1);
  let rest = behind;
  for (let next = AFTER_UNIT.exec(rest); next !== null; next = AFTER_UNIT.exec(rest)) {
    const [whole, written = '', nextUnit] = next;
    value += Number(written.replaceAll(',', '')) * (nextUnit === undefined ? 1 : (UNITS[nextUnit] ?? 1));
    if (nextUnit === undefined) break;
    rest = rest.slice(whole.length);
  }
  // Parts of one that only come from computing in halves are none.
  return String(Math.round(value * 1e6) / 1e6);
}
