import { StepError } from '../../index.js';
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
 * `StepError` `bad-json`.
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
  } catch {
    return undefined;
  }
}

const NUMBERS = /"(?:[^"\\]|\\[\s\S])*"|-?\d[\d.eE+-]*/g;

/** Numbers that JavaScript has not got, such as ids of twenty digits, come as texts. */
function parsed(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  const kept = text.replace(NUMBERS, (token) =>
    token.startsWith('"') || String(Number(token)) === token ? token : `"${token}"`,
  );
  return kept === text ? value : JSON.parse(kept);
}
