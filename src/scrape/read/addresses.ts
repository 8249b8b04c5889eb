import { webAddress } from './address.js';
import { addressesInLine } from './address-line.js';
import { pastedColumn } from './headed-table.js';
import type { Problem } from './problem.js';

/** One address in normal form, or as many as its ranges make. Plain data, so that another thread can find them. */
export type AddressLine = string | AddressPattern;

interface AddressPattern {
  /** What stands before each range, and behind the last. */
  readonly texts: readonly string[];
  readonly ranges: readonly Range[];
  /** Always at least two. */
  readonly count: number;
}

/** A line without an address. */
export interface LeftOut {
  /** From 1. */
  readonly line: number;
  readonly content: string;
}

export interface ParsedAddresses {
  readonly lines: readonly AddressLine[];
  readonly problems: readonly Problem[];
  /** The first of them. */
  readonly leftOut: readonly LeftOut[];
  readonly leftOutCount: number;
}

/** What is repeated of a line. */
const MOST_CONTENT = 200;

/** One place of a line where something is counted up. */
interface Range {
  readonly from: number;
  readonly stride: number;
  readonly count: number;
  /** Numbers have at least so many digits: leading zeros are kept, as in file names. */
  readonly width: number;
  /** It counts letters, by their codes. */
  readonly isOfLetters: boolean;
}

/** Every address in order, each once, made as they are asked for. */
export function* distinct(...lists: readonly Iterable<string>[]): Generator<string> {
  const seen = new Set<string>();
  for (const list of lists) {
    for (const address of list) {
      if (seen.has(address)) continue;
      seen.add(address);
      yield address;
    }
  }
}

/** So many in one text; more would take seconds to plan. */
export const MOST_ADDRESSES = 100_000;
/** Of all of them together: a range can make a hundred thousand of one that is long. */
export const MOST_CHARACTERS = 20_000_000;

const RANGE = /\[(?:(\d{1,15})-(\d{1,15})|([a-z])-([a-z])|([A-Z])-([A-Z]))(?::(\d{1,15}))?\]/g;
/** What begins like a range of numbers and is none. Other brackets are part of addresses, as are those of IPv6. */
const NO_RANGE = /\[\d+-[^\]]*\]?/;

/** The rest of a text that is no list of addresses is not worth a message each. */
const MOST_PROBLEMS = 20;

export interface AddressOptions {
  /** Lines that have no address are left out and counted; otherwise each of the first is a problem. */
  readonly leaveOut?: boolean;
}

/**
 * The addresses of each line, as `addressesInLine` finds them; `[1-50]`, `[001-100]`, `[0-90:10]` and `[a-e]` stand for
 * each of their values, several of them for each combination. Blank lines are passed over, and so is all but the
 * addresses where the text is a table. The line that makes them more than `MOST_ADDRESSES`, or `MOST_CHARACTERS`, is a problem.
 */
export function parseAddresses(text: string, { leaveOut = false }: AddressOptions = {}): ParsedAddresses {
  const lines: AddressLine[] = [];
  const problems: Problem[] = [];
  const leftOut: LeftOut[] = [];
  let leftOutCount = 0;
  let count = 0;
  let length = 0;
  let line = 0;
  const column = pastedColumn(text);
  for (const whole of eachLine(text)) {
    line += 1;
    const content = (column === null ? whole : (column.get(line) ?? '')).trim();
    if (content === '' || isRemark(content)) continue;
    const parsed = parseLine(content);
    if (typeof parsed === 'string') {
      leftOutCount += 1;
      if (leftOut.length < MOST_PROBLEMS) leftOut.push({ line, content: content.slice(0, MOST_CONTENT) });
      if (leaveOut) continue;
      problems.push({ ...PROBLEMS[parsed](line, content), line, params: { content: content.slice(0, MOST_CONTENT) } });
      if (problems.length === MOST_PROBLEMS) break;
      continue;
    }
    for (const each of parsed) {
      lines.push(each);
      count += countOf(each);
      length += lengthOf(each);
    }
    if (count <= MOST_ADDRESSES && length <= MOST_CHARACTERS) continue;
    if (count <= MOST_ADDRESSES) {
      const message = `Line ${line}: with it the addresses have more than ${MOST_CHARACTERS} characters together.`;
      problems.push({ code: 'urls-too-much', message, line, params: { max: MOST_CHARACTERS } });
      break;
    }
    const message = `Line ${line}: with it there are more than ${MOST_ADDRESSES} addresses.`;
    problems.push({ code: 'urls-too-many', message, line, params: { max: MOST_ADDRESSES } });
    break;
  }
  return { lines, problems, leftOut, leftOutCount };
}

/** A comment, or a tag alone in its line, such as those around the links of a page. */
export function isRemark(content: string): boolean {
  if (!/https?:/i.test(content)) return REMARK.test(content);
  // What somebody has taken out of the list, and no heading that leads somewhere.
  return /^(?:#+|\/\/|--|;|<!--)(?:\s|https?:)/i.test(content) && !content.includes('](');
}

const REMARK = /^(?:#|\/\/|--|;|<!--|(?:<[^<>]{1,200}>\s*)+$)/;

/** One by one: a text may have millions. */
function* eachLine(text: string): Generator<string> {
  const ends = /\r\n|\n|\r/g;
  let from = 0;
  for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
    yield text.slice(from, end.index);
    from = ends.lastIndex;
  }
  yield text.slice(from);
}

const PROBLEMS = {
  'url-not-http': (line: number, content: string) => ({
    code: 'url-not-http',
    message: `Line ${line}: not an address beginning with http:// or https://: "${content}".`,
  }),
  'bad-range': (line: number, content: string) => ({
    code: 'bad-range',
    message: `Line ${line}: write a range as [1-50], or [001-100:5] for every fifth: "${content}".`,
  }),
} as const;

function isProblem(parsed: AddressLine | keyof typeof PROBLEMS): parsed is keyof typeof PROBLEMS {
  return parsed === 'url-not-http' || parsed === 'bad-range';
}

function parseLine(content: string): AddressLine[] | keyof typeof PROBLEMS {
  const written = addressesInLine(content);
  if (written.length === 0) return 'url-not-http';
  const lines = written.map(parseAddress);
  // Of several that are right, one that is none is the title of another.
  const good = lines.filter((each): each is AddressLine => !isProblem(each));
  return good.length > 0 ? good : (lines.find(isProblem) ?? 'url-not-http');
}

function parseAddress(content: string): AddressLine | keyof typeof PROBLEMS {
  // Most lines of long lists.
  if (!content.includes('[')) return webAddress(content)?.href ?? 'url-not-http';
  const texts: string[] = [];
  const ranges: Range[] = [];
  let from = 0;
  for (const match of content.matchAll(RANGE)) {
    const range = rangeOf(match);
    if (range === null) return 'bad-range';
    texts.push(content.slice(from, match.index));
    ranges.push(range);
    from = match.index + match[0].length;
  }
  texts.push(content.slice(from));
  if (texts.some((text) => NO_RANGE.test(text))) return 'bad-range';
  const count = ranges.reduce((product, range) => product * range.count, 1);
  const first = webAddress(combined(texts, ranges, 0));
  if (first === null) return 'url-not-http';
  if (count === 1) return first.href;
  // What lies between the first and the last can hardly be wrong when they are right.
  return webAddress(combined(texts, ranges, count - 1)) === null ? 'url-not-http' : { texts, ranges, count };
}

export function countOf(line: AddressLine): number {
  return typeof line === 'string' ? 1 : line.count;
}

/** Of its addresses together, about. */
export function lengthOf(line: AddressLine): number {
  if (typeof line === 'string') return line.length;
  return line.count * line.texts.reduce((sum, text) => sum + text.length, 0);
}

/** The addresses of a line, in normal form, made one by one. */
export function* addressesOf(line: AddressLine): Generator<string> {
  if (typeof line === 'string') return yield line;
  for (let index = 0; index < line.count; index += 1) {
    const address = webAddress(combined(line.texts, line.ranges, index));
    if (address !== null) yield address.href;
  }
}

/** The first address in a text, whatever else is in it; null when there is none. */
export function firstAddress(text: string): string | null {
  for (const line of eachLine(text)) {
    const parsed = line.trim() === '' ? 'url-not-http' : parseLine(line.trim());
    if (typeof parsed === 'string') continue;
    for (const address of parsed.flatMap((each) => addressesOf(each).next().value ?? [])) return address;
  }
  return null;
}

function rangeOf([, first, last, a, z, A, Z, stride]: RegExpMatchArray): Range | null {
  const step = Number(stride ?? 1);
  const letters = a ?? A;
  const from = letters === undefined ? Number(first) : letters.charCodeAt(0);
  const to = letters === undefined ? Number(last) : (z ?? Z ?? '').charCodeAt(0);
  if (to < from || step < 1) return null;
  const count = Math.floor((to - from) / step) + 1;
  const width = first?.startsWith('0') ? first.length : 0;
  return { from, stride: step, count, width, isOfLetters: letters !== undefined };
}

function shown({ from, stride, width, isOfLetters }: Range, index: number): string {
  const value = from + index * stride;
  return isOfLetters ? String.fromCharCode(value) : String(value).padStart(width, '0');
}

/** The last range counts fastest. */
function combined(texts: readonly string[], ranges: readonly Range[], index: number): string {
  let rest = index;
  let address = texts.at(-1) ?? '';
  for (let i = ranges.length - 1; i >= 0; i -= 1) {
    const range = ranges[i] as Range;
    address = (texts[i] ?? '') + shown(range, rest % range.count) + address;
    rest = Math.floor(rest / range.count);
  }
  return address;
}
