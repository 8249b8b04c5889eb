import { type AnyNode, type Element, isElement } from './selectors/nodes.js';

/** `before`: what its first word may begin with. */
function capitalized(before: string, text: string): string {
  return `${before}${text}`.replace(WORD_START, capitalOf).slice(before.length);
}

/** One that would be two letters stays. */
function capitalOf(letter: string): string {
  const capital = letter.toUpperCase();
  return capital.length === letter.length ? capital : letter;
}

const WORD_START = /(?<![\p{L}\p{M}\p{N}_'’])\p{L}/gu;

/** As the page says; empty when it does not. */
export function languageOf(element: Element): string {
  for (let at: AnyNode | null = element; isElement(at); at = at.parent)
    if (Object.hasOwn(at.attribs, 'lang')) return at.attribs['lang'] ?? '';
  return '';
}

/** Letters of these have capitals of their own. */
const WITH_OWN_CAPITALS = /^(?:tr|az|lt|el)(?:-|$)/i;

/** https://www.w3.org/TR/css-text-3/#text-transform-property */
export function transformed(text: string, transform: string, before: string | undefined, language: string): string {
  const locale = WITH_OWN_CAPITALS.test(language) ? language.slice(0, 2) : 'en';
  switch (transform) {
    case 'uppercase':
      return text.toLocaleUpperCase(locale);
    case 'lowercase':
      return text.toLocaleLowerCase(locale);
    case 'capitalize':
      return capitalized(before?.slice(-2) ?? '', text);
    default:
      return text;
  }
}
