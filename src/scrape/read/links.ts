import { ownValue } from './selectors/attributes.js';
import { type AnyNode, type Element, isElement, localName, nextInside, textContent } from './selectors/nodes.js';

/** Where an element's address is, when `href` is none: frames, choices of a list, buttons, and what scripts look at. */
const BY_NAME: Readonly<Record<string, string>> = {
  frame: 'src',
  iframe: 'src',
  embed: 'src',
  object: 'data',
  option: 'value',
  form: 'action',
  button: 'formaction',
  input: 'formaction',
};
const FOR_SCRIPTS = ['data-href', 'data-url', 'data-link'];
/** `location = '…'`, `location.assign('…')`, `window.open('…')` */
const ON_CLICK = /(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\s*\(|window\.open\s*\()\s*(["'])(.+?)\1/;
const WHOLE_ADDRESS = /^https?:\/\/\S+$/i;

/** Addresses as written, the best first: where an element of HTML leads, else one in it, else what it is in. */
export function* addressesOf(element: Element): Generator<string> {
  yield* ownAddresses(element);
  for (let node = nextInside(element, element); node !== null; node = nextInside(node, element)) {
    const href = isElement(node) && isLink(node) ? hrefOf(node) : undefined;
    if (href === undefined) continue;
    yield href;
    break;
  }
  for (let at: AnyNode | null = element.parent; isElement(at); at = at.parent) {
    const href = isLink(at) ? hrefOf(at) : undefined;
    if (href === undefined) continue;
    yield href;
    break;
  }
  const text = element.children.length <= 3 ? textContent(element).trim() : '';
  if (WHOLE_ADDRESS.test(text)) yield text;
}

function* ownAddresses(element: Element): Generator<string> {
  const { name, attribs } = element;
  const href = hrefOf(element);
  if (href !== undefined) yield href;
  const value = ownValue(attribs, BY_NAME[name] ?? '');
  // What is chosen may be anything.
  if (value !== undefined && value !== '' && (name !== 'option' || /[/.?#]/.test(value))) yield value;
  for (const each of FOR_SCRIPTS) {
    const written = ownValue(attribs, each);
    if (written !== undefined) yield written;
  }
  const [, , clicked] = ON_CLICK.exec((ownValue(attribs, 'onclick') ?? '').slice(0, 2000)) ?? [];
  if (clicked !== undefined) yield clicked;
}

function isLink({ name }: Element): boolean {
  return name === 'a' || name === 'area';
}

function hrefOf({ attribs }: Element): string | undefined {
  return ownValue(attribs, 'href') ?? ownValue(attribs, 'xlink:href');
}

/** In XML addresses are attributes, or texts: `<link>` in RSS, `<loc>` in sitemaps. Of an entry, that of its link. */
export function* addressesInXml(element: Element): Generator<string> {
  const own = hrefOf(element) ?? ownValue(element.attribs, 'url') ?? ownValue(element.attribs, 'src');
  if (own !== undefined) yield own;
  const children = element.children.filter(isElement);
  const text = children.length === 0 ? textContent(element).trim() : '';
  const isForAddresses = /^(?:link|loc|url|uri|guid|id|comments|docs|about)$/i.test(localName(element));
  if (text !== '' && (WHOLE_ADDRESS.test(text) || (isForAddresses && !/\s/.test(text)))) yield text;
  const links = children.filter((child) => /^(?:link|loc)$/i.test(localName(child)));
  const best = links.find(isAlternate) ?? links[0] ?? children.find(isPermanent);
  if (best !== undefined) yield* addressesInXml(best);
}

/** What names an entry for good may be its address: https://www.rssboard.org/rss-specification#ltguidgtSubelementOfLtitemgt */
function isPermanent(element: Element): boolean {
  if (!/^(?:guid|id)$/i.test(localName(element))) return false;
  const isNone = /^false$/i.test(ownValue(element.attribs, 'isPermaLink') ?? '');
  return !isNone && WHOLE_ADDRESS.test(textContent(element).trim());
}

/** Of Atom's links the one to the page: https://www.rfc-editor.org/rfc/rfc4287#section-4.2.7.2 */
export function isAlternate({ attribs }: Element): boolean {
  const relation = ownValue(attribs, 'rel');
  return relation === undefined || relation === 'alternate';
}
