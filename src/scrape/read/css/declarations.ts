import { unescaped } from '../selectors/scanner.js';
import { indexOfAny, withoutComments } from './scan.js';

/** The properties that decide which text is seen, what stands on a line of its own, and how letters look. */
const PROPERTIES = ['display', 'visibility', 'content-visibility', 'float', 'position', 'text-transform'] as const;
export type Property = (typeof PROPERTIES)[number];

export interface Declaration {
  /** `--name` of those that a page makes itself. */
  readonly property: Property | `--${string}`;
  /** Lower-case, but of a page's own as written. */
  readonly value: string;
  readonly important: boolean;
}

const WIDE = /^(?:initial|inherit|unset|revert|revert-layer)$/;
/** What is none of these is no declaration, and what was said before it holds. */
const VALID: Readonly<Record<Property, RegExp>> = {
  display:
    /^(?:none|contents|math|list-item|(?:inline-)?(?:block|flex|grid|table)|inline|flow-root|ruby(?:-text)?|table-(?:caption|cell|column|column-group|footer-group|header-group|row|row-group)|-webkit-(?:inline-)?(?:box|flex)|(?:block|inline)\s+(?:flow|flow-root|flex|grid|table|ruby|math)|(?:flow|flow-root|flex|grid|table|ruby|math)\s+(?:block|inline)|(?:(?:block|inline|flow|flow-root)\s+)*list-item)$/,
  visibility: /^(?:visible|hidden|collapse)$/,
  'content-visibility': /^(?:visible|auto|hidden)$/,
  float: /^(?:none|left|right|inline-start|inline-end)$/,
  position: /^(?:static|relative|absolute|fixed|sticky|-webkit-sticky)$/,
  'text-transform': /^(?:none|(?:(?:uppercase|lowercase|capitalize|full-width|full-size-kana)\s*)+)$/,
};

export function isProperty(name: string): name is Property {
  return Object.hasOwn(VALID, name);
}

/** Whether a browser takes this value for the property. */
export function isValid(property: Property, value: string): boolean {
  return VALID[property].test(value) || WIDE.test(value) || /\bvar\(/.test(value);
}

/** Of a `style` attribute, or of a block without rules in it. */
export function declarationsIn(block: string): Declaration[] {
  const text = withoutComments(block);
  const found: Declaration[] = [];
  for (let at = 0; at < text.length; ) {
    const end = indexOfAny(text, ';', at);
    found.push(...declarationIn(text.slice(at, end)));
    at = end + 1;
  }
  return found;
}

const WRITTEN = /^\s*([^\s:]+)\s*:([\s\S]*)$/;

/** None for what is no declaration, or says nothing of these properties. */
export function declarationIn(text: string): readonly Declaration[] {
  const [, written = '', rest = ''] = WRITTEN.exec(text) ?? [];
  const property = written.startsWith('--') ? written : unescaped(written).toLowerCase();
  const [value = '', mark, ...more] = rest.split('!');
  const important = mark !== undefined;
  if (more.length > 0 || (important && !/^\s*important\s*$/i.test(mark))) return [];
  if (property.startsWith('--')) return [{ property: property as `--${string}`, value: value.trim(), important }];
  // What old browsers were told by `none\9` ends with a tab now, and is no value.
  const plain = unescaped(value.trim()).toLowerCase();
  if (property === 'all')
    return WIDE.test(plain) ? PROPERTIES.map((each) => ({ property: each, value: plain, important })) : [];
  return isProperty(property) && isValid(property, plain) ? [{ property, value: plain, important }] : [];
}
