import { domhandler } from '../packages.js';
import { webAddress } from './address.js';
import { matcherOf } from './selector.js';
import type { Element } from './selectors/nodes.js';
import { Page } from './selectors/page.js';
import { SelectorSyntaxError } from './selectors/syntax.js';

const LINK = /[\s,]*<([^>]*)>((?:[^,"]|"(?:[^"\\]|\\[\s\S])*"?)*)(?:,|$)/y;
const PARAMETER = /;\s*([\w*!#$%&+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\[\s\S])*)"?|([^\s;,"]+))/g;
/** Nobody sends more; each is looked at for each selector. */
const MOST_LINKS = 100;

/**
 * What a selector finds among the links of the `Link` header (RFC 8288), as if each were a `<link>` in the page: its
 * `rel` and other parameters are attributes. One that leads to the next page may be asked for as `a[rel=next]`, too.
 */
export function linksInHeader(header: string | null, selector: string, base: string): string[] {
  if (header === null || !/rel/i.test(selector)) return [];
  const { Element: Made, Document } = domhandler();
  const isOfPage = ({ anchor }: Record<string, string>) =>
    anchor === undefined || webAddress(anchor, base)?.href === webAddress(base)?.href;
  const elements = parsedLinks(header)
    .filter(isOfPage)
    .flatMap((attribs) => {
      const names = /\bnext\b/i.test(attribs['rel'] ?? '') ? ['link', 'a'] : ['link'];
      return names.map((name) => new Made(name, attribs));
    });
  const root = new Document(elements);
  for (const [i, element] of elements.entries()) {
    element.parent = root;
    element.prev = elements[i - 1] ?? null;
    element.next = elements[i + 1] ?? null;
  }
  return foundIn(new Page(root, 'html', false), selector).flatMap(({ attribs }) => {
    const address = webAddress(attribs['href'] ?? '', base);
    return address === null ? [] : address.href;
  });
}

function foundIn(page: Page, selector: string): Element[] {
  try {
    return matcherOf(selector).find(page, page.root);
  } catch (error) {
    // A path, which the links of a header have none of.
    if (error instanceof SelectorSyntaxError) return [];
    throw error;
  }
}

function parsedLinks(header: string): Record<string, string>[] {
  const links: Record<string, string>[] = [];
  LINK.lastIndex = 0;
  for (let match = LINK.exec(header); match !== null && links.length < MOST_LINKS; match = LINK.exec(header)) {
    const [, href = '', parameters = ''] = match;
    const attribs: Record<string, string> = { href: href.trim() };
    for (const [, name = '', quoted, bare] of parameters.matchAll(PARAMETER)) {
      // The first of a name counts.
      const key = name.toLowerCase();
      if (!Object.hasOwn(attribs, key)) attribs[key] = quoted?.replace(/\\([\s\S])/g, '$1') ?? bare ?? '';
    }
    links.push(attribs);
  }
  return links;
}
