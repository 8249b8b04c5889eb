import { StepError } from '../../index.js';
import type { CellPage, CellValue } from '../clean/cleaning.js';
import { resolve, webAddress } from './address.js';
import { absoluteValue } from './attribute-address.js';
import { type Column, PAGE_COLUMN } from './columns.js';
import type { Kind } from './content-type.js';
import { Styles } from './css/styles.js';
import { type EmbeddedPath, embeddedPath, jsonInScript } from './embedded-json.js';
import { fingerprintOf } from './fingerprint.js';
import { JsonDocument } from './json-document.js';
import { linksInHeader } from './link-header.js';
import { addressesInXml, addressesOf, isAlternate } from './links.js';
import { parseMarkup } from './markup.js';
import { MAX_ROWS, type PageDocument, type PageRow, type Reading, type Recipe, type Source } from './page-document.js';
import { isRedirect, parseRefresh } from './refresh.js';
import { tooManyRows } from './rows.js';
import { matcherOf } from './selector.js';
import { ownValue } from './selectors/attributes.js';
import { type AnyNode, type Element, isElement, isForeign, localName, textContent } from './selectors/nodes.js';
import { Page } from './selectors/page.js';
import { SelectorSyntaxError } from './selectors/syntax.js';
import { innerMarkup } from './serialize.js';
import { listedWith, type SiblingList } from './sibling-list.js';
import { statedPages } from './stated-pages.js';
import { TableRows } from './table-cells.js';
import { cellOf, limitedLinks, limitedRows, limitedTogether, type TableLimits } from './table-limits.js';
import { VisibleText } from './text.js';

/** Looking through the whole tree for what most pages lack would take as long as a column. */
const RARE = /<base|<style|http-equiv|text-transform|(?:row|col)span/gi;
/** `&`: a letter of it as an entity. */
const REFRESHES = /http-equiv\s*=\s*["']?(?:refresh|[^"'\s>]{0,6}&)/i;

/** HTML, XHTML, XML or plain text. */
export class MarkupDocument implements PageDocument {
  readonly kind: Kind;
  readonly #page: Page;
  readonly #isXml: boolean;
  readonly #base: string;
  readonly #encoding: string;
  readonly #mayRefresh: boolean;
  readonly #host: string;
  readonly #texts: VisibleText;
  readonly #table: TableRows;

  constructor(
    private readonly source: Source,
    kind: Exclude<Kind, 'json'>,
  ) {
    this.kind = kind;
    const isXml = kind === 'xml';
    this.#isXml = isXml;
    const root = parseMarkup(source.text, kind);
    this.#page = new Page(
      root,
      kind === 'text' ? 'html' : kind,
      (root as { 'x-mode'?: string })['x-mode'] === 'quirks',
    );
    this.#encoding = source.encoding ?? 'utf-8';
    this.#host = new URL(source.url).host;
    const rare = new Map<string, number>();
    for (const [word] of source.text.matchAll(RARE))
      rare.set(word.toLowerCase(), (rare.get(word.toLowerCase()) ?? 0) + 1);
    this.#base = this.#baseOfPage(rare.has('<base'));
    const styles = new Styles(this.#page, rare.get('<style') ?? 0);
    this.#mayRefresh = rare.has('http-equiv') && REFRESHES.test(source.text);
    this.#texts = new VisibleText(styles, isXml, rare.has('text-transform'));
    this.#table = new TableRows(!isXml && (rare.has('rowspan') || rare.has('colspan')));
  }

  get url(): string {
    return this.source.url;
  }

  /** The tree, for what looks at the page in its own way; it must stay as it is. */
  get root(): AnyNode {
    return this.#page.root;
  }

  /** What an address on the page leads to, absolute and in normal form; null when that is no web page. */
  webAddress(href: string): string | null {
    return webAddress(href, this.#base, this.#encoding)?.href ?? null;
  }

  textOf(node: AnyNode): string {
    return this.#texts.of(node);
  }

  /** A row of a table, with each of its cells once for each row and column that it reaches over. */
  formed(row: AnyNode): AnyNode {
    return this.#table.formed(row);
  }

  /** The element of the tree of which one in a formed row is a copy. */
  written(node: AnyNode): AnyNode {
    return this.#table.written(node);
  }

  read(recipe: Recipe): Reading {
    const embedded = embeddedPath(recipe.row);
    if (embedded !== null) return this.#readScripts(embedded, recipe);
    const { row, columns, next, follow = '', detail = '' } = recipe;
    const found = this.#rows(row);
    if (found.length > MAX_ROWS) throw tooManyRows();
    const rows = new Set(found);
    const table = limitedRows(found, (node, limits) => this.#rowOf(node, rows, row, columns, limits));
    const withDetail = detail === '' ? [] : found.slice(0, table.rows.length);
    const nextPage = next === '' ? null : (this.links(next)[0] ?? null);
    return {
      ...table,
      details: withDetail.map((node) => this.#detailOf(node, rows, detail)),
      next: nextPage,
      ...(recipe.isFirst && nextPage !== null && { statedPages: this.#statedPages(nextPage) }),
      ...limitedLinks(follow === '' ? [] : this.links(follow)),
      leftOut: 0,
      fingerprint: next === '' ? '' : this.#fingerprint(found, row === ''),
    };
  }

  /** The JSON that scripts hold; what is none of it is passed over. */
  scriptTexts(selector: string): string[] {
    return this.#find(selector).flatMap((element) => jsonInScript(textContent(element)) ?? []);
  }

  #statedPages(next: string): number | null {
    return statedPages({
      url: this.source.url.replace(/#.*$/, ''),
      next: next.replace(/#.*$/, ''),
      root: this.#page.root,
      last: this.links('[rel~=last i]')[0] ?? null,
      resolve: (href) => this.webAddress(href)?.replace(/#.*$/, '') ?? null,
      textOf: (element) => this.#texts.of(element),
    });
  }

  #scripts(selector: string): JsonDocument[] {
    return this.scriptTexts(selector).flatMap((text) => {
      try {
        return new JsonDocument({ ...this.source, text, kind: 'json', link: null });
      } catch (error) {
        if (error instanceof StepError) return [];
        throw error;
      }
    });
  }

  #readScripts({ selector, path }: EmbeddedPath, { columns, next, follow = '', detail }: Recipe): Reading {
    const readings = this.#scripts(selector).map((each) =>
      each.read({ row: path, columns, next: '', ...(detail !== undefined && { detail }) }),
    );
    const rows = readings.flatMap((each) => each.rows);
    if (rows.length > MAX_ROWS) throw tooManyRows();
    const table = limitedTogether(readings);
    return {
      ...table,
      details: readings.flatMap((each) => each.details).slice(0, table.rows.length),
      next: next === '' ? null : (this.links(next)[0] ?? null),
      ...limitedLinks(follow === '' ? [] : this.links(follow)),
      leftOut: 0,
      fingerprint:
        next === ''
          ? ''
          : fingerprintOf(
              rows.map((row) => JSON.stringify(row)),
              () => this.text(),
              false,
            ),
    };
  }

  links(selector: string): string[] {
    const embedded = embeddedPath(selector);
    if (embedded !== null) return this.#scripts(embedded.selector).flatMap((each) => each.links(embedded.path));
    const found = this.#find(selector);
    const elements = this.#isXml ? withoutOtherLinks(found) : found;
    const addresses = elements.map((element) => this.#addressOf(element)).filter((href) => href !== null);
    return [...new Set([...addresses, ...linksInHeader(this.source.link ?? null, selector, this.source.url)])];
  }

  refresh(header: string | null): URL | null {
    if (this.kind !== 'html' && this.kind !== 'xhtml') return null;
    const metas = this.#mayRefresh ? this.#find('meta[http-equiv=refresh i]') : [];
    // What stands in <noscript> is not for browsers that would have shown the page. The first that is any counts.
    const shown = metas.filter((element) => !isInside(element, 'noscript'));
    const written = header === null ? shown.map(({ attribs }) => attribs['content'] ?? '') : [header];
    const refresh = written.map(parseRefresh).find((each) => each !== null);
    const target = refresh && webAddress(refresh.address, this.#base, this.#encoding);
    return target && isRedirect(refresh.seconds, new URL(this.source.url), target) ? target : null;
  }

  text(most = Infinity): string {
    return this.#texts.of(this.#page.root, most);
  }

  #fingerprint(rows: readonly AnyNode[], isRow: boolean): string {
    const texts = isRow ? [] : rows.map((node) => textContent(node).trim() || innerMarkup(node, this.#isXml));
    return fingerprintOf(texts, () => this.text(), isRow);
  }

  /** The first that leads to a web page, of those that it may mean. */
  #addressOf(element: Element): string | null {
    const written = this.#isXml ? addressesInXml(element) : addressesOf(element);
    const base = this.#baseOf(element);
    for (const each of written) {
      const address = webAddress(each, base, this.#encoding);
      if (address !== null) return address.href;
    }
    return null;
  }

  #rows(selector: string): AnyNode[] {
    return selector === '' ? [this.#page.rootElement ?? this.#page.root] : this.#find(selector);
  }

  /** In the order of the page, at most `limit`. What stands behind an element is looked for up to one of `until`. */
  #find(
    selector: string,
    within: AnyNode = this.#page.root,
    limit = Infinity,
    until?: ReadonlySet<AnyNode>,
  ): Element[] {
    // A page that is itself the row is looked through from above, so that `html` finds it, too.
    const from = within === this.#page.rootElement ? this.#page.root : within;
    try {
      return matcherOf(selector).find(this.#page, from, limit, until);
    } catch (error) {
      if (!(error instanceof SelectorSyntaxError)) throw error;
      const params = { reason: error.message };
      const message = `a selector cannot be used on this page: ${error.message}`;
      throw new StepError('bad-selector', message, { params, cause: error, retry: false });
    }
  }

  /** `rows`: where the siblings end that belong to a row. */
  #rowOf(
    node: AnyNode,
    rows: ReadonlySet<AnyNode>,
    selector: string,
    columns: readonly Column[],
    limits: TableLimits,
  ): PageRow {
    const formed = this.#table.formed(node);
    const page = this.#cellPage(node);
    const cells = columns.map((column): [string, CellValue] => {
      const values = column.constant === null ? this.#values(node, formed, rows, column, selector !== '') : [];
      return [column.name, cellOf(column, values, page, limits)];
    });
    return Object.fromEntries([[PAGE_COLUMN, this.source.url], ...cells]);
  }

  /** Of one cell, in the row as its table forms it; `isInList`: the row is one of several. */
  #values(
    node: AnyNode,
    formed: AnyNode,
    rows: ReadonlySet<AnyNode>,
    { selector, attribute, take }: Column,
    isInList: boolean,
  ): string[] {
    if (selector === '') return [this.#value(node, attribute)];
    const found = this.#find(selector, formed, take === 'all' ? Infinity : 1, rows);
    const [first] = found;
    if (first === undefined) return [];
    const list: SiblingList = { selector, first, findAll: () => this.#find(selector, formed, Infinity, rows) };
    const nodes = take === 'list' && isInList && attribute === 'text' ? listedWith(list) : found;
    return nodes.map((each) => this.#value(each, attribute));
  }

  /** The first link that the selector finds in the row and that leads to a web page. */
  #detailOf(row: AnyNode, rows: ReadonlySet<AnyNode>, selector: string): string | null {
    const found = this.#find(selector, this.#table.formed(row), Infinity, rows);
    for (const element of this.#isXml ? withoutOtherLinks(found) : found) {
      const address = this.#addressOf(element);
      if (address !== null) return address;
    }
    return null;
  }

  #cellPage(row: AnyNode): CellPage {
    return {
      language: this.#language,
      host: this.#host,
      resolve: (text) => {
        const base = isElement(row) ? this.#baseOf(row) : this.#base;
        return resolve(text, base, this.#encoding)?.href ?? text;
      },
    };
  }

  /** As the page says of itself. */
  get #language(): string {
    const { attribs = {} } = this.#page.rootElement ?? {};
    return (ownValue(attribs, 'lang') ?? ownValue(attribs, 'xml:lang') ?? '').trim();
  }

  #value(node: AnyNode, attribute: string): string {
    switch (attribute) {
      case 'text':
        return this.#texts.of(node);
      case 'text-own':
        return collapsed('children' in node ? (node.children as AnyNode[]).map(ownText).join(' ') : '');
      case 'text-after':
        return collapsed(textAfter(node));
      case 'html':
        return innerMarkup(node, this.#isXml);
      default:
        return isElement(node) ? this.#attribute(node, attribute) : '';
    }
  }

  /** Names of attributes are lower-case in HTML, as written in XML. */
  #attribute(element: Element, written: string): string {
    const { attribs } = element;
    const lower = written.toLowerCase();
    const value = ownValue(attribs, written) ?? ownValue(attribs, lower) ?? prefixed(element, lower) ?? '';
    return absoluteValue({ name: lower, value, attribs }, this.#baseOf(element), this.#encoding);
  }

  /** https://html.spec.whatwg.org/#document-base-url: of the first `<base href>`, if that is any. */
  #baseOfPage(isPossible: boolean): string {
    const { url, text } = this.source;
    if (this.#isXml || this.kind === 'text' || !isPossible) return url;
    const scripted = withoutNoscript(text);
    const page = scripted === text ? this.#page : new Page(parseMarkup(scripted, 'html'), 'html', false);
    const bases = matcherOf('base[href]').find(page, page.root);
    const base = bases.find((each) => !isForeign(each) && !isInside(each, 'svg', 'math'));
    const address = base === undefined ? null : resolve(base.attribs['href'] ?? '', url, this.#encoding);
    return address === null || /^(?:data|javascript):$/.test(address.protocol) ? url : address.href;
  }

  /** In XML each element may have one of its own: https://www.w3.org/TR/xmlbase/ */
  #baseOf(element: Element): string {
    if (!this.#isXml) return this.#base;
    const written: string[] = [];
    for (let at: AnyNode | null = element; isElement(at); at = at.parent) {
      const base = ownValue(at.attribs, 'xml:base');
      if (base !== undefined) written.push(base);
    }
    return written.reduceRight((base, each) => resolve(each, base, 'utf-8')?.href ?? base, this.#base);
  }
}

/** A browser that runs scripts has no elements there, and a base in it is none. */
function withoutNoscript(text: string): string {
  const lower = /<noscript/i.test(text) ? text.toLowerCase() : '';
  let rest = '';
  let from = 0;
  for (let at = lower.indexOf('<noscript'); at >= 0; at = lower.indexOf('<noscript', from)) {
    rest += text.slice(from, at);
    const end = lower.indexOf('</noscript', at);
    if (end < 0) return rest;
    from = end;
  }
  return rest + text.slice(from);
}

/** In SVG and MathML the parser takes prefixes off: `xlink:href` is kept as `href`. */
function prefixed({ attribs, 'x-attribsPrefix': prefixes }: Element, name: string): string | undefined {
  const [prefix, local = ''] = name.split(':');
  return prefixes?.[local] === prefix ? ownValue(attribs, local) : undefined;
}

function isInside(element: Element, ...names: readonly string[]): boolean {
  for (let at: AnyNode | null = element.parent; isElement(at); at = at.parent) if (names.includes(at.name)) return true;
  return false;
}

/** An entry of Atom has links of many kinds: where one of them leads to its page, that is meant. */
function withoutOtherLinks(elements: readonly Element[]): readonly Element[] {
  const isAtomLink = (each: Element) => localName(each) === 'link' && ownValue(each.attribs, 'href') !== undefined;
  const withPage = new Set(
    elements.filter((each) => isAtomLink(each) && isAlternate(each)).map(({ parent }) => parent),
  );
  return elements.filter((each) => !isAtomLink(each) || isAlternate(each) || !withPage.has(each.parent));
}

function ownText(node: AnyNode): string {
  return node.type === 'text' ? node.data : '';
}

/** What stands between an element and the next. */
function textAfter(node: AnyNode): string {
  const parts: string[] = [];
  for (let next = node.next as AnyNode | null; next !== null && !isElement(next); next = next.next as AnyNode | null)
    parts.push(next.type === 'text' ? next.data : textContent(next));
  return parts.join('');
}

function collapsed(text: string): string {
  return text.replace(/[\t\n\f\r \u00a0]+/g, ' ').trim();
}
