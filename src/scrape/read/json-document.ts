import { StepError } from '../../index.js';
import type { CellValue } from '../clean/cleaning.js';
import { webAddress } from './address.js';
import { type Column, PAGE_COLUMN } from './columns.js';
import { fingerprintOf } from './fingerprint.js';
import { isObject, type JsonPath, type JsonValue, parseJsonPath, valuesAt } from './json-path.js';
import { parseJson } from './json-text.js';
import { linksInHeader } from './link-header.js';
import { MAX_ROWS, type PageDocument, type PageRow, type Reading, type Recipe, type Source } from './page-document.js';
import { tooManyRows } from './rows.js';
import { cellOf, limitedLinks, limitedRows, type TableLimits } from './table-limits.js';

/** JSON: paths in the place of selectors. */
export class JsonDocument implements PageDocument {
  readonly kind = 'json';
  readonly #root: JsonValue;
  readonly #leftOut: number;

  constructor(private readonly source: Source) {
    const { value, leftOut } = parseJson(source.text);
    this.#root = value;
    this.#leftOut = leftOut;
  }

  read({ row, columns, next, follow = '', detail = '' }: Recipe): Reading {
    const found = this.#rows(row);
    if (found.length > MAX_ROWS) throw tooManyRows();
    const table = limitedRows(found, (value, limits) => this.#rowOf(value, columns, limits));
    return {
      ...table,
      details: detail === '' ? [] : found.slice(0, table.rows.length).map((value) => this.#detailOf(value, detail)),
      next: next === '' ? null : (this.links(next)[0] ?? null),
      ...limitedLinks(follow === '' ? [] : this.links(follow)),
      leftOut: this.#leftOut,
      fingerprint: next === '' ? '' : fingerprintOf(row === '' ? [] : found.map(textOf), () => this.text(), row === ''),
    };
  }

  links(selector: string): string[] {
    const { link = null, url } = this.source;
    const path = parseJsonPath(selector);
    const values = path === null ? [] : valuesAt(path, this.#root).flatMap(flat);
    const found = values.map((value) => addressIn(value, url)).filter((href) => href !== null);
    return [...new Set([...found, ...linksInHeader(link, selector, url)])];
  }

  text(): string {
    return textOf(this.#root);
  }

  /** JSON is read by programs, which browsers send nowhere. */
  refresh(): null {
    return null;
  }

  /** A path to an array means its members. */
  #rows(selector: string): JsonValue[] {
    return valuesAt(pathOf(selector), this.#root).flatMap(flat);
  }

  #rowOf(value: JsonValue, columns: readonly Column[], limits: TableLimits): PageRow {
    const { url } = this.source;
    // JSON does not say in which language it is.
    const page = {
      language: '',
      host: new URL(url).host,
      resolve: (text: string) => webAddress(text, url)?.href ?? text,
    };
    const cells = columns.map((column): [string, CellValue] => {
      const values = column.constant === null ? this.#cell(value, column) : [];
      const taken = column.take === 'first' ? values.slice(0, 1) : values;
      return [column.name, cellOf(column, taken, page, limits)];
    });
    return Object.fromEntries([[PAGE_COLUMN, this.source.url], ...cells]);
  }

  #detailOf(row: JsonValue, selector: string): string | null {
    const path = pathOf(selector);
    for (const value of valuesAt(path, path.fromRoot ? this.#root : row).flatMap(flat)) {
      const address = addressIn(value, this.source.url);
      if (address !== null) return address;
    }
    return null;
  }

  #cell(row: JsonValue, { selector, attribute }: Column): string[] {
    const path = pathOf(selector);
    const values = valuesAt(path, path.fromRoot ? this.#root : row);
    if (attribute === 'text' || attribute === 'html') return values.flatMap(flat).map(textOf);
    // `@type` of JSON-LD, or a key written like an attribute.
    const keys = [`@${attribute}`, attribute].map((key): JsonPath => keyPath(key));
    return values.flatMap((value) => keys.flatMap((key) => valuesAt(key, value))).map(textOf);
  }
}

function keyPath(key: string): JsonPath {
  return { fromRoot: false, segments: [{ key, deep: false }] };
}

function pathOf(selector: string): JsonPath {
  const path = parseJsonPath(selector);
  if (path !== null) return path;
  const message = `a selector cannot be used on this page, which is JSON: "${selector}" is no path such as items[0].name`;
  throw new StepError('bad-json-path', message, { params: { selector }, retry: false });
}

function flat(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? value : [value];
}

function textOf(value: JsonValue): string {
  if (value === null) return '';
  if (typeof value !== 'object') return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    // Nested deeper than can be written.
    return '';
  }
}

/** A text, or what has one under a name for addresses: https://www.ietf.org/archive/id/draft-kelly-json-hal */
function addressIn(value: JsonValue, base: string): string | null {
  if (typeof value === 'string') return value.trim() === '' ? null : (webAddress(value, base)?.href ?? null);
  if (!isObject(value)) return null;
  const named = ['href', 'url', 'link', '@id'].map((key) => value[key]).find((each) => typeof each === 'string');
  return named === undefined ? null : addressIn(named, base);
}
