import { numberedElements } from './element-numbers.js';
import { type AnyNode, type Element, isElement } from './selectors/nodes.js';
import { escapedText, escapedValue, VOID } from './serialize.js';

/** Gone with all that is in them: what runs, loads, plays, or is parsed in another way inside of them. */
const REMOVED = new Set(
  'script template iframe frame frameset object embed applet param base link meta title svg math audio video source track canvas noembed noframes plaintext portal fencedframe'.split(
    ' ',
  ),
);
/** Only their names do something. A form's fields could stand in the place of its properties. */
const RENAMED = new Map([
  ['form', 'div'],
  ['noscript', 'div'],
  ['dialog', 'div'],
  ['textarea', 'div'],
  ['xmp', 'pre'],
  ['listing', 'pre'],
  ['image', 'span'],
  ['img', 'span'],
]);
/** Nothing that is loaded, leads anywhere, or is called when something happens. */
const KEPT_ATTRIBUTES = new Set(
  'class id style title dir lang colspan rowspan span width height align valign bgcolor color size face border cellpadding cellspacing nowrap start reversed value checked selected disabled hidden open datetime role rows cols placeholder label'.split(
    ' ',
  ),
);
const NAME = /^[a-z][a-z0-9-]{0,50}$/;

/** The names that the frame's page has for us: numbers of elements, pictures that are not loaded, and what is pointed at. */
const STYLE = `
html{background:#fff;color:#111;color-scheme:light;font-family:sans-serif}
*{animation:none!important;transition:none!important}
a{color:#0645ad;text-decoration:underline}
[data-tobiishi-picture]{display:inline-block;min-width:2rem;min-height:1.5rem;max-width:14rem;padding:.2rem .4rem;overflow:hidden;background:#e8e8e8;color:#444;font:12px/1.3 sans-serif}
[data-tobiishi-is~=taken]{outline:2px solid #1b5e20!important;background-color:#dcedc8!important;color:#111!important}
[data-tobiishi-is~=picked]{outline:3px solid #1b5e20!important}
[data-tobiishi-is~=pointed]{outline:3px solid #c2185b!important}
`;

/**
 * A page as a document that does nothing and loads nothing, for a frame in which visitors point at what they want: its
 * elements have their numbers in `data-tobiishi`. What it is sent with forbids the same once more (`default-src 'none'`).
 */
export function framedPage(root: AnyNode): string {
  const numbers = new Map<AnyNode, number>(numberedElements(root).map((element, number) => [element, number]));
  const parts = [`<!doctype html><meta charset="utf-8"><style>${STYLE}</style>`];
  const waiting: (AnyNode | string)[] = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string') parts.push(next);
    else if (next.type === 'text') parts.push(escapedText(next.data));
    else if (isElement(next)) openElement(next, numbers, parts, waiting);
    else if (next.type === 'root' || next.type === 'cdata') openChildren(next, waiting);
  }
  return parts.join('');
}

function openChildren(node: AnyNode, waiting: (AnyNode | string)[]): void {
  if (!('children' in node)) return;
  for (let i = node.children.length - 1; i >= 0; i -= 1) waiting.push(node.children[i] as AnyNode);
}

function openElement(
  element: Element,
  numbers: ReadonlyMap<AnyNode, number>,
  parts: string[],
  waiting: (AnyNode | string)[],
): void {
  const { name, attribs } = element;
  const number = numbers.get(element);
  if (number === undefined || REMOVED.has(name) || !NAME.test(name)) return;
  if (name === 'style') {
    const css = element.children.map((child) => (child.type === 'text' ? child.data : '')).join('');
    // Never so in a page of HTML; in one of XML it would end the style.
    if (!css.includes('</')) parts.push(`<style>${css}</style>`);
    return;
  }
  const shown = RENAMED.get(name) ?? name;
  parts.push(`<${shown}${attributesOf(attribs)} data-tobiishi="${number}"`);
  if (name === 'img' || name === 'image') {
    const text = (attribs['alt'] ?? '').trim() || '▧';
    parts.push(` data-tobiishi-picture>${escapedText(text)}</span>`);
  } else if (name === 'input') parts.push(' type="text" disabled>');
  else {
    parts.push('>');
    if (VOID.has(shown)) return;
    waiting.push(`</${shown}>`);
    openChildren(element, waiting);
  }
}

function attributesOf(attribs: Readonly<Record<string, string>>): string {
  let text = '';
  for (const name of Object.keys(attribs)) {
    const isKept = KEPT_ATTRIBUTES.has(name) || /^aria-[a-z]+$/.test(name);
    if (isKept) text += ` ${name}="${escapedValue(attribs[name] ?? '')}"`;
  }
  return text;
}
