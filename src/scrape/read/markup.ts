import type { Document } from 'domhandler';
import { domhandler, htmlparser2 } from '../packages.js';
import { parseHtml } from './bounded-parser.js';
import type { Kind } from './content-type.js';
import { leanTree } from './lean-tree.js';
import { withEntities } from './xml-entities.js';

/** In XHTML `<script/>` ends at once; HTML's parser would swallow the rest of the page. */
const XHTML = {
  xmlMode: false,
  recognizeSelfClosing: true,
  recognizeCDATA: true,
  lowerCaseTags: false,
  lowerCaseAttributeNames: false,
};

/** The tree of a page; plain text is in one element. */
export function parseMarkup(text: string, kind: Exclude<Kind, 'json'>): Document {
  switch (kind) {
    case 'text':
      return plainText(text);
    case 'html':
      // Scripts do not run here, so that what stands in <noscript> is part of the page.
      return parseHtml(text, { scriptingEnabled: false, treeAdapter: leanTree() });
    default:
      return htmlparser2().parseDocument(withEntities(text), kind === 'xml' ? { xmlMode: true } : XHTML);
  }
}

function plainText(text: string): Document {
  const { Document, Element, Text } = domhandler();
  const content = new Text(text);
  const pre = new Element('pre', {}, [content]);
  content.parent = pre;
  const root = new Document([pre]);
  pre.parent = root;
  return root;
}

const BEFORE_ROOT =
  /^[\s\ufeff]*(?:<\?(?:(?!\?>)[\s\S])*\?>\s*|<!--(?:(?!-->)[\s\S])*-->\s*|<![a-z][^>]*>\s*)*<([\w:.-]+)/i;
const FEEDS = /^(?:rss|feed|rdf:RDF|urlset|sitemapindex)$/i;

/**
 * Whether what is sent as HTML or text is a feed: https://mimesniff.spec.whatwg.org/#sniffing-a-mislabeled-feed. HTML's
 * parser would lose the addresses of its links.
 */
export function looksLikeFeed(text: string): boolean {
  return FEEDS.test(BEFORE_ROOT.exec(text.slice(0, 10_000))?.[1] ?? '');
}
