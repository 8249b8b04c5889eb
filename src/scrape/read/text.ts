import { type AnyNode, type Element, isElement, localName, type ParentNode } from './selectors/nodes.js';
import { type Looks, NO_LOOKS, type Styles } from './styles.js';

/** A node of a page's tree. */
export type Node = AnyNode;

/** Never on the screen of a browser that runs scripts, and not even part of a text that is hidden. */
const NO_TEXT = new Set(['script', 'noscript', 'style', 'template', 'head']);

/** What the screen shows nothing of, or something else instead. */
const UNSEEN = new Set(
  (
    'area audio canvas datalist embed frameset iframe link meta meter noembed noframes param progress rp source ' +
    'textarea title track video'
  ).split(' '),
);

/** In SVG and MathML: names and what is drawn elsewhere. */
const UNSEEN_IN_SVG = new Set(['title', 'desc', 'metadata', 'defs', 'symbol']);
const UNSEEN_IN_MATH = new Set(['annotation', 'annotation-xml']);

/** What begins and ends on a line or in a cell of its own, so that its neighbours' words stay apart. */
const SEPARATE = new Set(
  (
    'address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption ' +
    'figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol optgroup option p ' +
    'plaintext pre search section select summary table tbody td text tfoot th thead tr ul xmp'
  ).split(' '),
);

/** Of what a page itself says of an element: https://html.spec.whatwg.org/#the-innertext-idl-attribute */
const INLINE = /^(?:inline|contents|ruby|none)/;

/** A plug-in that no browser has: then what stands in its place is shown. */
const GONE_PLUGIN = /flash|java|silverlight|director|\.swf(?:$|[?#])|\.class$/i;

/** Which text of a page a person sees. */
export class VisibleText {
  /** By element, whether it is on the screen with all that it stands in. */
  readonly #rendered = new Map<Element, boolean>();

  constructor(
    private readonly styles: Pick<Styles, 'of'>,
    /** Names mean nothing there: all text is seen. */
    private readonly isXml: boolean,
  ) {}

  /**
   * The text of a node as a person would copy it: entities decoded, runs of white space collapsed, nothing that is not
   * on the screen. Asked for something that is not there itself, what is in it.
   */
  of(node: AnyNode): string {
    if (this.isXml) return collapsed(walked(node, ({ name }) => (SEPARATE.has(name) ? 'block' : 'text'), true));
    if (isElement(node) && NO_TEXT.has(node.name)) return collapsed(walked(node, () => 'text', true));
    const isShown = !isElement(node) || this.#isRendered(node);
    return collapsed(walked(node, (element) => this.#treatment(element, isShown), !isShown));
  }

  #treatment(element: Element, isShown: boolean): Treatment {
    if (NO_TEXT.has(element.name)) return 'none';
    const looks = this.styles.of(element);
    if (!isShown) return isSeparate(element, looks, this.styles) ? 'block' : 'text';
    if (isGone(element, looks)) return 'none';
    // Hidden, but what is in it may show again.
    if (looks.visibility === 'hidden' || looks.visibility === 'collapse') return 'hidden';
    if (looks.visibility === 'visible') return isSeparate(element, looks, this.styles) ? 'shown-block' : 'shown';
    return isSeparate(element, looks, this.styles) ? 'block' : 'text';
  }

  #isRendered(element: Element): boolean {
    const passed: Element[] = [];
    let isRendered = true;
    for (let at: AnyNode | null = element; isElement(at); at = at.parent) {
      const known = this.#rendered.get(at);
      if (known !== undefined) {
        isRendered = known;
        break;
      }
      passed.push(at);
      // What it is in is not what it is: the text of a list of choices can be asked for.
      if (isGone(at, this.styles.of(at)) || NO_TEXT.has(at.name)) {
        isRendered = false;
        break;
      }
    }
    for (const each of passed) this.#rendered.set(each, isRendered);
    return isRendered;
  }
}

type Treatment = 'text' | 'block' | 'none' | 'hidden' | 'shown' | 'shown-block';

/** As `VisibleText`, for a page whose style sheets do not matter. */
export function textOf(node: AnyNode): string {
  return new VisibleText({ of: () => NO_LOOKS }, false).of(node);
}

/** A stack of its own: pages may nest deeper than the call stack is. */
function walked(root: AnyNode, treatment: (element: Element) => Treatment, isAll: boolean): string {
  const parts: string[] = [];
  const waiting: { readonly node: AnyNode | string; readonly isHidden: boolean }[] = [{ node: root, isHidden: false }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, isHidden } = next;
    if (typeof node === 'string') parts.push(node);
    else if (node.type === 'text') parts.push(isHidden ? '' : node.data);
    else if ('children' in node) {
      const how = isElement(node) && node !== root ? treatment(node) : 'text';
      if (how === 'none') continue;
      const gap = how.endsWith('block') ? ' ' : '';
      if (gap !== '') {
        parts.push(gap);
        waiting.push({ node: gap, isHidden });
      }
      const isInside = how === 'hidden' || (isHidden && !how.startsWith('shown'));
      const children = isAll ? node.children : shownChildren(node);
      for (let i = children.length - 1; i >= 0; i -= 1)
        waiting.push({ node: children[i] as AnyNode, isHidden: isInside });
    }
  }
  return parts.join('');
}

/** The spaces of HTML and the no-break space, which browsers copy as a plain one. The ideographic space stays. */
function collapsed(text: string): string {
  return text.replace(/[\t\n\f\r \u00a0]+/g, ' ').trim();
}

function isGone(element: Element, looks: Looks): boolean {
  const { name, attribs } = element;
  if (looks['content-visibility'] === 'hidden') return true;
  if (isUnseenPart(element)) return true;
  // What the page says itself is stronger than what browsers have of their own.
  if (looks.display !== null) return looks.display === 'none';
  if ('hidden' in attribs || ('popover' in attribs && attribs['popover'] !== undefined)) return true;
  if (name === 'dialog') return !('open' in attribs);
  return name === 'input' && attribs['type']?.toLowerCase() === 'hidden';
}

function isUnseenPart(element: Element): boolean {
  const { name, attribs } = element;
  const parent = isElement(element.parent) ? element.parent : null;
  if (UNSEEN.has(name)) return true;
  if (name === 'object') return 'data' in attribs && !GONE_PLUGIN.test(`${attribs['type'] ?? ''} ${attribs['data']}`);
  if (parent === null) return false;
  if (isClosed(parent)) return element !== firstSummary(parent);
  if (UNSEEN_IN_MATH.has(name)) return true;
  return UNSEEN_IN_SVG.has(localName(element)) && isInSvg(element);
}

function isClosed({ name, attribs }: Element): boolean {
  return name === 'details' && !('open' in attribs);
}

/** Of what can be opened and is not, what it is opened by. */
function shownChildren(node: ParentNode & AnyNode): readonly AnyNode[] {
  if (!isElement(node) || !isClosed(node)) return node.children as AnyNode[];
  const summary = firstSummary(node);
  return summary === undefined ? [] : [summary];
}

function firstSummary({ children }: Element): AnyNode | undefined {
  return (children as AnyNode[]).find((node) => isElement(node) && node.name === 'summary');
}

function isInSvg(element: Element): boolean {
  for (let at: AnyNode | null = element; isElement(at); at = at.parent) if (localName(at) === 'svg') return true;
  return false;
}

function isSeparate(element: Element, looks: Looks, styles: Pick<Styles, 'of'>): boolean {
  if (looks.float === 'left' || looks.float === 'right') return true;
  if (looks.position === 'absolute' || looks.position === 'fixed') return true;
  const { parent } = element;
  if (isElement(parent) && /^(?:inline-)?(?:flex|grid)$/.test(styles.of(parent).display ?? '')) return true;
  if (looks.display !== null) return !INLINE.test(looks.display);
  return SEPARATE.has(element.name);
}
