import { isObject, type JsonValue } from '../read/json-path.js';
import type { ColumnWords } from './column-names.js';
import { type CellKind, kindOfTexts } from './kinds.js';
import type { Proposal, ProposedColumn } from './proposal.js';
import { sampleOf } from './sample.js';

type JsonObject = { readonly [key: string]: JsonValue };

/** Objects that are alike, and the path to them. */
interface JsonList {
  readonly path: string;
  readonly items: readonly JsonObject[];
  readonly score: number;
}

const MOST_VALUES = 50_000;
const DEEPEST = 12;
const DEEPEST_COLUMN = 3;
const MOST_COLUMNS = 30;
const MOST_CHOSEN = 20;
const SAMPLE = 30;
const SAMPLES = 3;
const LEAST_ITEMS = 2;
/** An object with so many alike under its keys is a list of them. */
const LEAST_KEYED = 5;
const LONGEST_VALUE = 2_000;

const ADDRESS = /^(?:https?:)?\/\/\S+$|^\/[\w%~-][^\s]*$/;
const IMAGE = /\.(?:jpe?g|png|gif|webp|avif|svg)(?:$|[?#])/i;
const NEXT_KEYS = [
  'next',
  'next_page_url',
  'nextPageUrl',
  'nextPage',
  'next_page',
  'next_url',
  'nextLink',
  '@odata.nextLink',
];
const AROUND_NEXT = ['', 'links', '_links', 'paging', 'pagination', 'meta', 'page', 'pageInfo', 'info'];

export interface JsonContext {
  readonly words: ColumnWords;
  /** What stands before each path: the selector of a script and a blank, or nothing. */
  readonly prefix: string;
  readonly most: number;
}

/** The lists of objects in JSON, best first. Rows, columns and links are paths. */
export function findInJson(root: JsonValue, { words, prefix, most }: JsonContext): Proposal[] {
  const lists = listsIn(root).toSorted((a, b) => b.score - a.score);
  const next = prefix === '' ? nextIn(root) : '';
  const proposals: Proposal[] = [];
  for (const { path, items } of lists) {
    if (proposals.length === most) break;
    const columns = columnsOf(items, words);
    if (columns.length === 0) continue;
    const row = prefix === '' ? path : `${prefix} ${path}`;
    const link = columns.find(({ kind, isChosen }) => kind === 'link' && isChosen);
    const base = path === '$' ? '$' : path;
    const follow = link ? `${prefix === '' ? '' : `${prefix} `}${base}.${link.selector}` : '';
    proposals.push({ row, columns, follow, next, rows: items.length, parts: [] });
  }
  return proposals;
}

/** A stack of its own: JSON may nest deeper than the call stack is. */
function listsIn(root: JsonValue): JsonList[] {
  const lists: JsonList[] = [];
  const waiting: { value: JsonValue; path: string; depth: number }[] = [{ value: root, path: '$', depth: 0 }];
  for (let seen = 0; seen < MOST_VALUES; seen += 1) {
    const next = waiting.shift();
    if (next === undefined) break;
    const { value, path, depth } = next;
    if (typeof value !== 'object' || value === null || depth > DEEPEST) continue;
    const inside = Array.isArray(value) ? value : Object.values(value);
    const items = inside.filter((each) => isObject(each));
    const least = Array.isArray(value) ? LEAST_ITEMS : LEAST_KEYED;
    if (items.length >= least && items.length >= inside.length * 0.6 && areAlike(items)) {
      const itemsPath = Array.isArray(value) ? path : `${path}.*`;
      lists.push({ path: itemsPath, items, score: scoreOf(items) });
      // What is in the items is part of them.
      if (Array.isArray(value)) continue;
    }
    if (Array.isArray(value)) {
      for (const [i, each] of value.slice(0, 20).entries())
        waiting.push({ value: each, path: `${path}[${i}]`, depth: depth + 1 });
    } else {
      for (const [key, each] of Object.entries(value))
        waiting.push({ value: each, path: path + step(key), depth: depth + 1 });
    }
  }
  return lists;
}

function step(key: string): string {
  return /^[A-Za-z_$][\w$-]*$/.test(key) ? `.${key}` : `["${key.replace(/["\\]/g, '\\$&')}"]`;
}

function areAlike(items: readonly JsonObject[]): boolean {
  const counts = new Map<string, number>();
  const sample = sampleOf(items, SAMPLE);
  for (const item of sample) for (const key of Object.keys(item)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return (
    [...counts.values()].filter((count) => count >= sample.length * 0.6).length >= Math.min(2, counts.size) &&
    counts.size > 0
  );
}

/** Many items with many values that differ, which are texts that people read. */
function scoreOf(items: readonly JsonObject[]): number {
  const sample = sampleOf(items, SAMPLE);
  let text = 0;
  const distinct = new Map<string, Set<string>>();
  for (const item of sample) {
    for (const [path, value] of scalarsIn(item)) {
      text += Math.min(200, value.length);
      distinct.set(path, (distinct.get(path) ?? new Set()).add(value));
    }
  }
  const varying = [...distinct.values()].filter((values) => values.size > sample.length * 0.3).length;
  const names = [...distinct.keys()].filter((path) => /(?:name|title|headline|label|url|price)$/i.test(path)).length;
  return (
    Math.log2(1 + items.length) *
    Math.sqrt(text / sample.length) *
    (1 + Math.min(8, varying) / 2) *
    (names > 0 ? 1.5 : 1)
  );
}

function* scalarsIn(item: JsonObject, before = '', depth = 1): Generator<[path: string, value: string]> {
  for (const [key, value] of Object.entries(item)) {
    const path = before === '' ? step(key).replace(/^\./, '') : before + step(key);
    if (isObject(value)) {
      if (depth < DEEPEST_COLUMN) yield* scalarsIn(value, path, depth + 1);
    } else if (Array.isArray(value)) {
      const scalars = value.filter((each) => typeof each !== 'object' || each === null);
      const [first] = value;
      if (scalars.length > 0) yield [path, scalars.map(String).join(', ')];
      else if (first !== undefined && isObject(first) && depth < DEEPEST_COLUMN)
        yield* scalarsIn(first, path, depth + 1);
    } else if (value !== null) yield [path, String(value)];
  }
}

function columnsOf(items: readonly JsonObject[], words: ColumnWords): ProposedColumn[] {
  const values = new Map<string, string[]>();
  for (const [i, item] of items.entries()) {
    for (const [path, value] of scalarsIn(item)) {
      const known = values.get(path) ?? items.map(() => '');
      known[i] = value;
      values.set(path, known);
    }
  }
  const names = new Set(['page']);
  const columns: ProposedColumn[] = [];
  for (const [path, cells] of values) {
    const filled = cells.filter((cell) => cell !== '');
    if (filled.length < items.length * 0.1 || filled.some((cell) => cell.length > LONGEST_VALUE)) continue;
    if (columns.length === MOST_COLUMNS) break;
    const isPlain = new Set(filled).size > 1 && !/(?:^|[.["])@?(?:type|context|__typename)\b/.test(path);
    columns.push({
      name: nameFor(path, names, words),
      selector: path,
      attribute: 'text',
      kind: kindOf(filled),
      first: cells[0] ?? '',
      last: cells.at(-1) ?? '',
      samples: cells.slice(0, SAMPLES),
      emptyIn: cells.length - filled.length,
      isChosen: isPlain && columns.filter(({ isChosen }) => isChosen).length < MOST_CHOSEN,
      isExample: false,
    });
  }
  return columns;
}

function kindOf(values: readonly string[]): CellKind {
  if (values.every((value) => ADDRESS.test(value)))
    return values.every((value) => IMAGE.test(value)) ? 'image' : 'link';
  return kindOfTexts(values);
}

/** The last key of a path, with the one before it where that is taken. */
function nameFor(path: string, used: Set<string>, words: ColumnWords): string {
  const keys = path.split(/[.[\]"@:]+/).filter((key) => key !== '' && !/^\d+$/.test(key));
  const wanted = [keys.at(-1), keys.slice(-2).join(' '), keys.join(' ')].map((name) => name || words.text);
  let name = wanted.find((each) => !used.has(each.toLowerCase())) ?? wanted.at(-1) ?? words.text;
  for (let i = 2; used.has(name.toLowerCase()); i += 1) name = `${wanted.at(-1)} ${i}`;
  used.add(name.toLowerCase());
  return name;
}

/** The path to the address of the next part of an API's answer; empty for none. */
function nextIn(root: JsonValue): string {
  if (!isObject(root)) return '';
  for (const outer of AROUND_NEXT) {
    const value = outer === '' ? root : root[outer];
    if (value === undefined || !isObject(value)) continue;
    for (const key of NEXT_KEYS) {
      const next = value[key];
      const address = next !== undefined && isObject(next) ? next['href'] : next;
      if (typeof address === 'string' && /^(?:https?:|\/|\?)/.test(address))
        return `$${outer === '' ? '' : step(outer)}${step(key)}`;
    }
  }
  return '';
}
