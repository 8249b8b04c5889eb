import { createRequire } from 'node:module';

/**
 * Packages loaded when first needed: together they take as long as the rest of the server, which may never scrape.
 * Forms and the reading of pages need them at once, so that `import()` would not do.
 */
const require = createRequire(import.meta.url);

export const cheerio = (): typeof import('cheerio') => require('cheerio');
/** This one and the next are cheerio's own, of which its trees are made. */
export const domhandler = (): typeof import('domhandler') => require('domhandler');
export const treeAdapter = () =>
  (require('parse5-htmlparser2-tree-adapter') as typeof import('parse5-htmlparser2-tree-adapter')).adapter;
export const undici = (): typeof import('undici') => require('undici');
export const encodingJapanese = (): typeof import('encoding-japanese') => require('encoding-japanese');
export const iconvLite = (): typeof import('iconv-lite') => require('iconv-lite');
