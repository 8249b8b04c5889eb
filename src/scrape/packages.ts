import { createRequire } from 'node:module';

/**
 * Packages loaded when first needed: together they take as long as the rest of the server, which may never scrape.
 * Forms and the reading of pages need them at once, so that `import()` would not do.
 */
const require = createRequire(import.meta.url);

export const cheerio = (): typeof import('cheerio') => require('cheerio');
export const parse5 = (): typeof import('parse5') => require('parse5');
export const htmlparser2 = (): typeof import('htmlparser2') => require('htmlparser2');
/** Of these trees are made. */
export const domhandler = (): typeof import('domhandler') => require('domhandler');
export const treeAdapter = () =>
  (require('parse5-htmlparser2-tree-adapter') as typeof import('parse5-htmlparser2-tree-adapter')).adapter;
/** Patterns that take no longer than their text is long: of visitors. */
export const re2js = (): typeof import('re2js') => require('re2js');
export const toughCookie = (): typeof import('tough-cookie') => require('tough-cookie');
export const undici = (): typeof import('undici') => require('undici');
/** Encodings by the standard, where Node has them otherwise or not at all. */
export const exodusEncoding = (): typeof import('@exodus/bytes/encoding.js') => require('@exodus/bytes/encoding.js');
export const exodusWhatwg = (): typeof import('@exodus/bytes/whatwg.js') => {
  // Without it the other knows no encodings of several bytes.
  exodusEncoding();
  return require('@exodus/bytes/whatwg.js');
};
