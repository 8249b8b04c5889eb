import type { CheerioAPI, CheerioOptions } from 'cheerio';
import { StepError } from '../../index.js';
import { cheerio } from '../packages.js';
import { resolve, webAddress } from './address.js';
import { type Column, PAGE_COLUMN } from './columns.js';
import type { Kind } from './content-type.js';
import { isRedirect, parseRefresh } from './refresh.js';
import { type Node, textOf } from './text.js';
import { leanTree } from './tree.js';

/** A page as text. */
export interface Source {
  readonly text: string;
  readonly kind: Kind;
  /** Where it came from. */
  readonly url: string;
  /** By the encoding standard's name: decides how the queries of links are written. Default UTF-8. */
  readonly encoding?: string;
}

/** What to read from a page. */
export interface Recipe {
  /** Selector of the repeated element; empty: the page itself is one row. */
  readonly row: string;
  readonly columns: readonly Column[];
  /** Selector of the link to the next page; empty: there is none. */
  readonly next: string;
  /** Selector of links to open; empty: none. */
  readonly follow?: string;
}

/** A page's rows are made, and recorded, in one go. */
const MAX_ROWS = 10_000;

/** `{ page, …columns }`; a cell is empty when its element or attribute is missing. */
export type PageRow = Readonly<Record<string, string>>;

export interface Reading {
  readonly rows: readonly PageRow[];
  /** Absolute, in normal form; null when there is no such link, or none to a web page. */
  readonly next: string | null;
  /** Absolute, in normal form, each once. */
  readonly follow: readonly string[];
}

const OPTIONS: Readonly<Record<Exclude<Kind, 'text' | 'json'>, CheerioOptions>> = {
  // Scripts do not run here, so that what stands in <noscript> is part of the page.
  html: { scriptingEnabled: false },
  // In XHTML `<script/>` ends at once; HTML's parser would swallow the rest of the page.
  xhtml: { xml: { xmlMode: false, recognizeSelfClosing: true, recognizeCDATA: true } },
  xml: { xml: true },
};

/** Looking through the whole tree for what most pages lack would take as long as a column. `&`: a letter of it as an entity. */
const REFRESHES = /http-equiv\s*=\s*["']?(?:refresh|[^"'\s>]{0,6}&)/i;
const BASE = /<base\b/i;

/** Addresses, and so made absolute. */
const LINKS = new Set(['href', 'src']);

/** A page, parsed. Its methods throw `StepError` `bad-selector` when a selector turns out to be unusable on it. */
export class PageDocument {
  readonly #$: CheerioAPI;
  readonly #base: string;
  readonly #encoding: string;

  constructor(private readonly source: Source) {
    this.#$ = parse(source);
    this.#encoding = source.encoding ?? 'utf-8';
    this.#base = baseOf(this.#$, source, this.#encoding);
  }

  read({ row, columns, next, follow = '' }: Recipe): Reading {
    const found = this.#rows(row);
    if (found.length > MAX_ROWS) {
      const message = `the page has more than ${MAX_ROWS} rows: choose a narrower row selector`;
      throw new StepError('too-many-rows', message, { params: { max: MAX_ROWS }, retry: false });
    }
    const rows = found.map((element) => {
      const cells = columns.map((column): [string, string] => [column.name, this.#cell(element, column)]);
      return Object.fromEntries([[PAGE_COLUMN, this.source.url], ...cells]);
    });
    return {
      rows,
      next: next === '' ? null : (this.links(next)[0] ?? null),
      follow: follow === '' ? [] : this.links(follow),
    };
  }

  /** How many elements a selector finds. */
  count(selector: string): number {
    return this.#find(selector).length;
  }

  /** How many of the rows have an element for a column. */
  countCells(row: string, { selector }: Column): number {
    const rows = this.#rows(row);
    return selector === '' ? rows.length : rows.filter((element) => this.#find(selector, element, 1).length > 0).length;
  }

  /** Of each element found: its own link, else that in it, else that around it. Absolute, in normal form, each once. */
  links(selector: string): string[] {
    const found = this.#find(selector).map((element) => {
      const node = this.#$(element);
      const href = node.attr('href') ?? node.find('a[href]').attr('href') ?? node.closest('a[href]').attr('href');
      return href === undefined ? null : (webAddress(href, this.#base, this.#encoding)?.href ?? null);
    });
    return [...new Set(found.filter((href) => href !== null))];
  }

  /** Where the page sends its reader by itself; null when it does not. */
  refresh(header: string | null): URL | null {
    if (this.source.kind !== 'html' && this.source.kind !== 'xhtml') return null;
    const metas = REFRESHES.test(this.source.text) ? this.#$('meta[http-equiv]').toArray() : [];
    // What stands in <noscript> is not for browsers that would have shown the page.
    const meta = metas.find(
      (node) =>
        /^refresh$/i.test(this.#$(node).attr('http-equiv') ?? '') && this.#$(node).closest('noscript').length === 0,
    );
    const refresh = parseRefresh(header ?? (meta && this.#$(meta).attr('content')) ?? '');
    const target = refresh && webAddress(refresh.address, this.#base, this.#encoding);
    return target && isRedirect(refresh.seconds, new URL(this.source.url), target) ? target : null;
  }

  #rows(selector: string): Node[] {
    return selector === '' ? [pageItself(this.#$)] : this.#find(selector);
  }

  /** In the order of the page, at most `limit`: looking for more than is asked for goes through the whole tree. */
  #find(selector: string, within?: Node, limit = Infinity): Node[] {
    try {
      // A page that is itself the row is looked through from above, so that `html` finds it, too.
      const from = within && within !== pageItself(this.#$) ? this.#$(within) : this.#$.root();
      // What `find` calls with no limit.
      return from._findBySelector(selector, limit).toArray();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `a selector cannot be used on this page: ${reason}`;
      throw new StepError('bad-selector', message, { params: { reason }, cause: error, retry: false });
    }
  }

  #cell(row: Node, { selector, attribute }: Column): string {
    const node = selector === '' ? row : this.#find(selector, row, 1)[0];
    if (!node) return '';
    if (attribute === 'text') return textOf(node);
    if (attribute === 'html') return this.#$(node).html() ?? '';
    // Names of attributes are lower-case in HTML, as written in XML.
    const value = this.#$(node).attr(attribute) ?? this.#$(node).attr(attribute.toLowerCase()) ?? '';
    if (!LINKS.has(attribute.toLowerCase()) || value === '') return value;
    // As written when it is no address.
    return resolve(value, this.#base, this.#encoding)?.href ?? value;
  }
}

function parse({ text, kind }: Source): CheerioAPI {
  const { load } = cheerio();
  if (kind === 'html') return load(text, { ...OPTIONS.html, treeAdapter: leanTree() });
  if (kind !== 'text' && kind !== 'json') return load(text, OPTIONS[kind]);
  const $ = load('<pre></pre>');
  $('pre').text(text);
  return $;
}

/** The root element, for want of one the document. */
function pageItself($: CheerioAPI): Node {
  return $.root().children().get(0) ?? ($.root().get(0) as Node);
}

/** https://html.spec.whatwg.org/#document-base-url */
function baseOf($: CheerioAPI, { text, url }: Source, encoding: string): string {
  if (!BASE.test(text)) return url;
  const href = $('base[href]').attr('href');
  return href === undefined ? url : (webAddress(href, url, encoding)?.href ?? url);
}
