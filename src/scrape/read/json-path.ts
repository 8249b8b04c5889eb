/** A value of JSON. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

type Segment =
  | { readonly key: string; readonly deep: boolean }
  | { readonly index: number }
  | { readonly slice: readonly (number | undefined)[] }
  | '*';

export interface JsonPath {
  /** Begins with `$`: leads from the root wherever it is used. */
  readonly fromRoot: boolean;
  readonly segments: readonly Segment[];
}

const STEP =
  /(?:^|(\.\.?))([^.[\]"'\s>~,=()][^.[\]>~,=()]*)|\[\s*(?:(-?\d{1,9})|((?:-?\d{1,9})?\s*:[-\d\s:]{0,30})|(\*)|"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)')\s*\]/y;
const MOST_FOUND = 1_000_000;

/**
 * A path as RFC 9535 writes it, without filters: `items`, `data.items`, `items[0].name`, `items[*].name`, `items[1:]`, `..name`,
 * `['a key']`; `$`, the root, may be left out. Null for what is none.
 */
export function parseJsonPath(text: string): JsonPath | null {
  const fromRoot = text === '$' || text.startsWith('$.') || text.startsWith('$[');
  const path = fromRoot ? text.slice(1) : text;
  const segments: Segment[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (match === null) return null;
    const [, dots, name, index, slice, star, double, single] = match;
    const quoted = double ?? single;
    if (slice !== undefined) {
      const parts = slice.split(':').map((part) => (part.trim() === '' ? undefined : Number(part)));
      if (parts.length > 3 || parts.some(Number.isNaN)) return null;
      segments.push({ slice: parts });
    } else if (index !== undefined) segments.push({ index: Number(index) });
    else if (star !== undefined || name === '*') segments.push('*');
    else if (quoted !== undefined) segments.push({ key: quoted.replace(/\\([\s\S])/g, '$1'), deep: false });
    else segments.push({ key: (name ?? '').trimEnd(), deep: dots === '..' });
  }
  return { fromRoot, segments };
}

const NAME = String.raw`[\p{L}\p{N}_:-]+`;
const BRACKETS = String.raw`\[\s*(?:-?\d{1,9}|-?\d{0,9}:[-\d:]{0,20}|\*|"[^"\]]*"|'[^'\]]*')\s*\]`;
const ONLY_A_PATH = new RegExp(
  String.raw`^(?:\$(?:\.{1,2}(?:${NAME}|\*)|${BRACKETS})*|(?:[\p{L}_]${NAME.slice(0, -1)}*|${BRACKETS})(?:\.(?:${NAME}|\*)|${BRACKETS})*)$`,
  'u',
);

/** Whether a text is a path that no selector could be. */
export function isJsonPath(text: string): boolean {
  return /[$[]|\.[\d*]/.test(text) && ONLY_A_PATH.test(text);
}

/** What a path finds, in order. A key is also looked for in each member of an array. */
export function valuesAt({ segments }: JsonPath, from: JsonValue): JsonValue[] {
  let values: JsonValue[] = [from];
  for (const segment of segments) {
    const found: JsonValue[] = [];
    for (const value of values) {
      for (const each of step(value, segment)) if (found.length < MOST_FOUND) found.push(each);
    }
    values = found;
  }
  return values;
}

function step(value: JsonValue, segment: Segment): readonly JsonValue[] {
  if (segment === '*') return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  if ('index' in segment) {
    const member = Array.isArray(value) ? value.at(segment.index) : undefined;
    return member === undefined ? [] : [member];
  }
  if ('slice' in segment) return Array.isArray(value) ? sliced(value, segment.slice) : [];
  if (segment.deep) return anywhere(value, segment.key);
  if (Array.isArray(value)) {
    if (/^\d+$/.test(segment.key)) return step(value, { index: Number(segment.key) });
    return value.flatMap((each) => own(each, segment.key));
  }
  return own(value, segment.key);
}

/** https://www.rfc-editor.org/rfc/rfc9535#name-array-slice-selector */
function sliced(array: readonly JsonValue[], [start, end, step = 1]: readonly (number | undefined)[]): JsonValue[] {
  const all = array.length;
  const place = (index: number | undefined, otherwise: number) =>
    index === undefined ? otherwise : index < 0 ? all + index : index;
  const found: JsonValue[] = [];
  if (step > 0) {
    const to = Math.min(place(end, all), all);
    for (let i = Math.max(place(start, 0), 0); i < to; i += step) found.push(array[i] as JsonValue);
  } else if (step < 0) {
    const to = Math.max(end === undefined ? -1 : place(end, all), -1);
    for (let i = Math.min(place(start, all - 1), all - 1); i > to; i += step) found.push(array[i] as JsonValue);
  }
  return found;
}

function own(value: JsonValue, key: string): JsonValue[] {
  return isObject(value) && Object.hasOwn(value, key) ? [value[key] as JsonValue] : [];
}

/** A stack of its own: JSON may nest deeper than the call stack is. */
function anywhere(root: JsonValue, key: string): JsonValue[] {
  const found: JsonValue[] = [];
  const waiting: JsonValue[] = [root];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    found.push(...own(value, key));
    const inside = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    for (let i = inside.length - 1; i >= 0; i -= 1) waiting.push(inside[i] as JsonValue);
  }
  return found;
}

export function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
