import { ownValue } from './attributes.js';
import { type Element, isElement, localName, nextInside, parentElement, textContent } from './nodes.js';
import type { Page } from './page.js';

/** `:lang()`: https://www.w3.org/TR/selectors-4/#the-lang-pseudo */
export function isLanguage(element: Element, ranges: readonly string[], page: Page): boolean {
  const language = languageOf(element, page);
  return ranges.some((range) => isInRange(language.toLowerCase(), range.toLowerCase()));
}

/** https://html.spec.whatwg.org/#language; empty when nobody knows. */
function languageOf(element: Element, page: Page): string {
  for (let at: Element | null = element; at !== null; at = parentElement(at)) {
    // HTML's parser knows no prefixes: `xml:lang` is then a name like any other. Of other XML `lang` says nothing.
    const isOfHtml = at.namespace !== undefined;
    const language =
      (isOfHtml ? undefined : ownValue(at.attribs, 'xml:lang')) ??
      (page.isXml && !page.isHtml(at) ? undefined : ownValue(at.attribs, 'lang'));
    if (language !== undefined) return language;
  }
  return page.syntax === 'xml' ? '' : pragmaLanguage(page);
}

/** `<meta http-equiv=content-language>`, of which a list is none. */
function pragmaLanguage({ root }: Page): string {
  for (let node = nextInside(root, root); node !== null; node = nextInside(node, root)) {
    if (!isElement(node) || node.name === 'body') continue;
    if (node.name !== 'meta' || ownValue(node.attribs, 'http-equiv')?.toLowerCase() !== 'content-language') continue;
    const content = ownValue(node.attribs, 'content') ?? '';
    if (content !== '' && !content.includes(',')) return content.trim().split(/\s/)[0] ?? '';
  }
  return '';
}

/** Extended filtering of RFC 4647, 3.3.2. */
function isInRange(language: string, range: string): boolean {
  if (range === '' || language === '') return range === language;
  const [first, ...wanted] = range.split('-');
  const [primary, ...subtags] = language.split('-');
  if (first !== '*' && first !== primary) return false;
  let at = 0;
  for (const want of wanted) {
    if (want === '*') continue;
    // What is passed over may be anything but a singleton, behind which private or other subtags begin.
    while (at < subtags.length && subtags[at] !== want) {
      if (subtags[at]?.length === 1) return false;
      at += 1;
    }
    if (at === subtags.length) return false;
    at += 1;
  }
  return true;
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|[\ud802\ud803\ud83a\ud83b][\udc00-\udfff]/;
const LETTER = /\p{L}/u;

/** `:dir()`: https://html.spec.whatwg.org/#the-directionality */
export function isDirection(element: Element, direction: string, page: Page): boolean {
  return directionOf(element, page) === direction;
}

function directionOf(element: Element, page: Page): string {
  for (let at: Element | null = element; at !== null; at = parentElement(at)) {
    if (!page.isHtml(at)) continue;
    const written = ownValue(at.attribs, 'dir')?.toLowerCase();
    if (written === 'ltr' || written === 'rtl') return written;
    if (written === 'auto' || localName(at) === 'bdi') return directionOfText(at) ?? 'ltr';
    if (at.name === 'input' && /^tel$/i.test(ownValue(at.attribs, 'type') ?? '')) return 'ltr';
  }
  return page.rootElement === null ? '' : 'ltr';
}

/** By the first letter that has one. */
function directionOfText(element: Element): string | null {
  const text = element.name === 'input' ? (ownValue(element.attribs, 'value') ?? '') : textContent(element);
  for (const character of text) {
    if (RIGHT_TO_LEFT.test(character)) return 'rtl';
    if (LETTER.test(character)) return 'ltr';
  }
  return null;
}
