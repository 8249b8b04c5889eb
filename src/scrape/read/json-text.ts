import { getHeapStatistics } from 'node:v8';
import { isStepError, StepError } from '../../index.js';
import type { JsonValue } from './json-path.js';

export interface ParsedJson {
  readonly value: JsonValue;
  /** Lines of a list of JSON that are none. */
  readonly leftOut: number;
}

/** What servers put before JSON so that no script can load it, and what makes a script of it. */
const GUARD = /^\s*(?:\)\]\}'?,?|for\s*\(;;\);|while\s*\(1\);|\/\*\*\/)/;
const CALL = /^\s*[\w$.[\]]{1,200}\s*\(([\s\S]*)\)\s*;?\s*$/;

/**
 * JSON, or a list of JSON, a value a line (NDJSON), which is then an array; also with what servers put around it. Throws
 * `StepError` `bad-json` or `too-many-values`.
 */
export function parseJson(text: string): ParsedJson {
  const plain = text
    .replace(/^\ufeff/, '')
    .replace(GUARD, '')
    .trimEnd()
    .replace(/;$/, '');
  try {
    return { value: parsed(plain), leftOut: 0 };
  } catch (cause) {
    if (isStepError(cause)) throw cause;
    const called = CALL.exec(plain)?.[1];
    const value = called === undefined ? undefined : parsedOrNothing(called);
    if (value !== undefined) return { value, leftOut: 0 };
    const lines = parseLines(plain);
    if (lines !== null) return lines;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StepError('bad-json', `the page is no JSON: ${reason}`, { params: { reason }, cause, retry: false });
  }
}

/** Whether a page of another type is JSON all the same. */
export function looksLikeJson(text: string): boolean {
  if (!/^[\s\ufeff]*[[{]/.test(text)) return false;
  return parsedOrNothing(text.replace(/^\ufeff/, '')) !== undefined;
}

const RECORD_SEPARATOR = '\x1e';

/** Null when most of the lines are no JSON. RFC 7464 has a record separator before each. */
function parseLines(text: string): ParsedJson | null {
  const lines = text
    .replaceAll(RECORD_SEPARATOR, '\n')
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '');
  const values = lines.map(parsedOrNothing).filter((value) => value !== undefined);
  if (values.length === 0 || values.length * 2 <= lines.length) return null;
  return { value: values, leftOut: lines.length - values.length };
}

function parsedOrNothing(text: string): JsonValue | undefined {
  try {
    return parsed(text);
  } catch (error) {
    if (isStepError(error)) throw error;
    return undefined;
  }
}

const NUMBERS = /"(?:[^"\\]|\\[\s\S])*"|-?\d[\d.eE+-]*/g;

/** Numbers that JavaScript has not got, such as ids of twenty digits, come as texts. */
function parsed(text: string): JsonValue {
  if (heapOf(text) > MOST_OF_HEAP * getHeapStatistics().heap_size_limit) throw tooManyValues();
  const value: JsonValue = JSON.parse(text);
  const kept = withTexts(text);
  return kept === text ? value : JSON.parse(kept);
}

/** One number after the other: `replace` with a function keeps all that it finds at once, of which there may be millions. */
function withTexts(text: string): string {
  const pieces: string[] = [];
  let from = 0;
  NUMBERS.lastIndex = 0;
  for (let found = NUMBERS.exec(text); found !== null; found = NUMBERS.exec(text)) {
    const [token] = found;
    if (token.startsWith('"') || String(Number(token)) === token) continue;
    pieces.push(text.slice(from, found.index), `"${token}"`);
    from = NUMBERS.lastIndex;
  }
  return pieces.length === 0 ? text : pieces.join('') + text.slice(from);
}

/**
 * What V8 cannot allocate within `JSON.parse`, a single call for it, ends the whole process and not only the thread of the pool:
 * so a text of millions of small values is not begun.
 */
const MOST_OF_HEAP = 0.4;
/** About what a value takes besides its text. */
const [LIST_BYTES, OBJECT_BYTES, TEXT_BYTES, PLACE_BYTES] = [48, 56, 24, 16];
const [QUOTE, COMMA, BRACKET, BRACE] = [0x22, 0x2c, 0x5b, 0x7b];

/** About how many bytes of the heap the values of a JSON text take. */
function heapOf(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) bytes += TEXT_BYTES / 2;
    else if (code === COMMA) bytes += PLACE_BYTES;
    else if (code === BRACKET) bytes += LIST_BYTES;
    else if (code === BRACE) bytes += OBJECT_BYTES;
  }
  return bytes;
}

function tooManyValues(): StepError {
  return new StepError('too-many-values', 'the JSON has more values than can be kept at once', { retry: false });
}
