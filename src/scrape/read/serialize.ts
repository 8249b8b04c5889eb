import type { AnyNode, Element } from 'domhandler';
import { isElement } from './selectors/nodes.js';

export const VOID = new Set(
  'area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr'.split(' '),
);
const RAW = new Set('style script xmp iframe noembed noframes plaintext noscript'.split(' '));

/**
 * What is in a node, as HTML or XML: https://html.spec.whatwg.org/#html-fragment-serialisation-algorithm. A stack of its
 * own, as pages may nest deeper than the call stack is.
 */
export function innerMarkup(root: AnyNode, isXml: boolean): string {
  const parts: string[] = [];
  const waiting: (AnyNode | string)[] = [];
  const openChildren = (node: AnyNode) => {
    if (!('children' in node)) return;
    for (let i = node.children.length - 1; i >= 0; i -= 1) waiting.push(node.children[i] as AnyNode);
  };
  openChildren(root);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string') parts.push(next);
    else if (isElement(next)) {
      const isShort = isXml ? next.children.length === 0 : VOID.has(next.name);
      parts.push(openingTag(next, isXml && isShort));
      if (isShort) continue;
      waiting.push(`</${next.name}>`);
      openChildren(next);
    } else if (next.type === 'root') openChildren(next);
    else parts.push(leaf(next, isXml));
    if (!(typeof next === 'string') && next.type === 'cdata') {
      waiting.push(']]>');
      openChildren(next);
    }
  }
  return parts.join('');
}

function leaf(node: AnyNode, isXml: boolean): string {
  switch (node.type) {
    case 'text': {
      const { parent } = node;
      const isRaw = parent?.type === 'cdata' || (!isXml && isElement(parent) && RAW.has(parent.name));
      return isRaw ? node.data : escapedText(node.data);
    }
    case 'comment':
      return `<!--${node.data}-->`;
    case 'directive':
      return `<${node.data}>`;
    case 'cdata':
      return '<![CDATA[';
    default:
      return '';
  }
}

function openingTag(element: Element, isClosed: boolean): string {
  const { name, attribs } = element;
  const prefixes = element['x-attribsPrefix'] ?? {};
  const prefixed = (key: string) => (prefixes[key] ? `${prefixes[key]}:${key}` : key);
  const attributes = Object.keys(attribs).map((key) => ` ${prefixed(key)}="${escapedValue(attribs[key] ?? '')}"`);
  return `<${name}${attributes.join('')}${isClosed ? '/' : ''}>`;
}

export const escapedText = (text: string) =>
  text.replace(/[&<>\u00a0]/g, (character) => ESCAPES[character] ?? character);
export const escapedValue = (text: string) =>
  text.replace(/[&<>"\u00a0]/g, (character) => ESCAPES[character] ?? character);
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\u00a0': '&nbsp;',
};
