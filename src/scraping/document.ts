import { type CheerioAPI, type CheerioOptions, load } from 'cheerio';
import { StepError } from '../core/errors.js';
import { webAddress } from './address.js';
import { type Column, PAGE_COLUMN } from './columns.js';
import type { Kind } from './media.js';
import { type Node, textOf } from './text.js';

/** A page as text. */
export interface Source {
  readonly text: string;
  readonly kind: Kind;
  /** Where it came from. */
  readonly url: string;
}

/** What to read from a page. */
export interface Recipe {
  /** Selector of the repeated element; empty: the page itself is one row. */
  readonly row: string;
  readonly columns: readonly Column[];
  /** Selector of the link to the next page; empty: there is none. */
  readonly next: string;
}

export interface Reading {
  /** `{ page, …columns }`; a cell is empty when its element or attribute is missing. */
  readonly rows: readonly Readonly<Record<string, string>>[];
  /** Absolute, in normal form; null when there is no such link, or none to a web page. */
  readonly next: string | null;
}

const OPTIONS: Readonly<Record<Exclude<Kind, 'text'>, CheerioOptions>> = {
  // Scripts do not run here, so that what stands in <noscript> is part of the page.
  html: { scriptingEnabled: false },
  // In XHTML `<script/>` ends at once; HTML's parser would swallow the rest of the page.
  xhtml: { xml: { xmlMode: false, recognizeSelfClosing: true, recognizeCDATA: true } },
  xml: { xml: true },
};

/** Addresses, and so made absolute. */
const LINKS = new Set(['href', 'src']);

/** Reads rows and the next link. Throws `StepError` `bad-selector` when a selector turns out to be unusable. */
export function readDocument(source: Source, recipe: Recipe): Reading {
  const $ = parse(source);
  const base = baseOf($, source.url);
  try {
    const rows = recipe.row === '' ? [pageItself($)] : $.root().find(recipe.row).toArray();
    return {
      rows: rows.map((row) => {
        const cells = recipe.columns.map((column): [string, string] => [column.name, cell($, row, column, base)]);
        return Object.fromEntries([[PAGE_COLUMN, source.url], ...cells]);
      }),
      next: recipe.next === '' ? null : nextLink($, recipe.next, base),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StepError('bad-selector', `a selector cannot be used on this page: ${reason}`, {
      params: { reason },
      cause: error,
      retry: false,
    });
  }
}

function parse({ text, kind }: Source): CheerioAPI {
  if (kind !== 'text') return load(text, OPTIONS[kind]);
  const $ = load('<pre></pre>');
  $('pre').text(text);
  return $;
}

/** The root element, for want of one the document. */
function pageItself($: CheerioAPI): Node {
  return $.root().children().get(0) ?? ($.root().get(0) as Node);
}

function cell($: CheerioAPI, row: Node, { selector, attribute }: Column, base: string): string {
  const node = selector === '' ? row : $(row).find(selector).get(0);
  if (!node) return '';
  if (attribute === 'text') return textOf(node);
  if (attribute === 'html') return $(node).html() ?? '';
  // Names of attributes are lower-case in HTML, as written in XML.
  const value = $(node).attr(attribute) ?? $(node).attr(attribute.toLowerCase()) ?? '';
  return LINKS.has(attribute.toLowerCase()) && value !== '' ? absolute(value, base) : value;
}

/** Of the element itself, else of the link in it, else of the link around it. */
function nextLink($: CheerioAPI, selector: string, base: string): string | null {
  const found = $.root().find(selector).first();
  const href = found.attr('href') ?? found.find('a[href]').attr('href') ?? found.closest('a[href]').attr('href');
  return href === undefined ? null : (webAddress(href, base)?.href ?? null);
}

/** https://html.spec.whatwg.org/#document-base-url */
function baseOf($: CheerioAPI, url: string): string {
  const href = $('base[href]').attr('href');
  return href === undefined ? url : (webAddress(href, url)?.href ?? url);
}

/** As written when it is no address. */
function absolute(address: string, base: string): string {
  return URL.canParse(address, base) ? new URL(address, base).href : address;
}
