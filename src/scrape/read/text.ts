import { type Looks, NO_LOOKS, type Styles } from './css/styles.js';
import { type AnyNode, type Element, isElement, localName, nextElement, type ParentNode } from './selectors/nodes.js';
import { languageOf, transformed } from './text-transform.js';

/** A node of a page's tree. */
export type Node = AnyNode;

/** Never on the screen of a browser that runs scripts, and not even part of a text that is hidden. */
const NO_TEXT = new Set(['script', 'noscript', 'style', 'template', 'head']);

/** What the screen shows nothing of, or something else instead. */
const UNSEEN = new Set(
  (
    'area audio canvas datalist embed frameset iframe link meta meter noembed noframes param progress source ' +
    'textarea title track video'
  ).split(' '),
);

/** What stands in these is seen only in elements for texts. */
const NO_TEXT_OF_ITS_OWN = new Set(['svg', 'math', 'select']);
const TEXTS_IN = new Set(['text', 'foreignObject', 'mi', 'mn', 'mo', 'ms', 'mtd', 'mtext', 'option']);

/** In SVG and MathML: names and what is drawn elsewhere. */
const UNSEEN_IN_SVG = new Set('title desc metadata defs symbol linearGradient radialGradient filter'.split(' '));
const UNSEEN_IN_MATH = new Set(['annotation', 'annotation-xml']);

/** What begins and ends on a line or in a cell of its own, so that its neighbours' words stay apart. */
const SEPARATE = new Set(
  (
    'address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption ' +
    'figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu mfrac mi mn mo mover mrow ms ' +
    'msub msup mtext mtable mtd mtr munder nav ol optgroup option p ' +
    'plaintext pre search section select summary table tbody td text tfoot th thead tr ul xmp'
  ).split(' '),
);

/** Of what a page itself says of an element: https://html.spec.whatwg.org/#the-innertext-idl-attribute */
const INLINE = /^(?:inline|contents|ruby|math|none|table-(?!caption))/;
const INLINE_BLOCK = /^(?:inline-|-webkit-inline-|inline (?!flow$))/;
/** Where the page does not say otherwise. */
const INLINE_BLOCKS = new Set(['button', 'marquee']);
const CELL_OR_ROW = /^table-(?:cell|row)$/;

/** What begins and ends a part of a line with spaces of its own: no text of a page has these. */
const [BEGIN, END] = ['\ufdd0', '\ufdd1'];
/** Between what stands on lines or in cells of its own. */
const GAP = '\ufdd2';

/** A plug-in that no browser has: then what stands in its place is shown. */
const GONE_PLUGIN = /flash|java|silverlight|director|\.swf(?:$|[?#])|\.class$/i;

/** Which text of a page a person sees. */
export class VisibleText {
  /** By element, whether it is on the screen with all that it stands in. */
  readonly #rendered = new Map<Element, boolean>();
  readonly #transforms = new Map<Element, string>();

  constructor(
    private readonly styles: Pick<Styles, 'of'>,
    /** Names mean nothing there: all text is seen. */
    private readonly isXml: boolean,
    /** Whether the page has any letters written otherwise than they stand in it (`text-transform`). */
    private readonly transforms = false,
  ) {}

  /**
   * The text of a node as a person would copy it: entities decoded, runs of white space collapsed, nothing that is not
   * on the screen. Asked for something that is not there itself, what is in it. Of more than `most` characters at least so many.
   */
  of(node: AnyNode, most = Infinity): string {
    if (this.isXml || (isElement(node) && NO_TEXT.has(node.name)))
      return collapsed(walked(node, { isAll: true, most, treatment: this.isXml ? ofXml : () => 'text' }));
    const isShown = !isElement(node) || this.#isRendered(node);
    if (isShown && !this.transforms && 'children' in node) {
      const children = shownChildren(node);
      if (children.length === 1 && children[0]?.type === 'text') return collapsed(children[0].data);
    }
    const treatment = (element: Element) => this.#treatment(element, isShown);
    const walk = { isAll: !isShown, most, treatment };
    if (!this.transforms || !isShown) return collapsed(walked(node, walk));
    return collapsed(walked(node, { ...walk, transformOf: (each) => this.#transformOf(each) }));
  }

  #treatment(element: Element, isShown: boolean): Treatment {
    if (NO_TEXT.has(element.name)) return 'none';
    const looks = this.styles.of(element);
    const place = placeOf(element, looks, this.styles);
    if (!isShown) return place === 'block' ? 'block' : 'text';
    if (isGone(element, looks, place)) return 'none';
    // Hidden, but what is in it may show again.
    const visibility = looks.visibility ?? presented(element, 'visibility');
    if (visibility === 'hidden' || visibility === 'collapse') return 'hidden';
    const isShownAgain = visibility === 'visible' || (TEXTS_IN.has(element.name) && this.#isVisible(element));
    if (isShownAgain) return place === 'text' ? 'shown' : `shown-${place}`;
    return NO_TEXT_OF_ITS_OWN.has(element.name) ? 'hidden' : place;
  }

  /** By the nearest that says so. */
  #isVisible(element: Element): boolean {
    for (let at: AnyNode | null = element; isElement(at); at = at.parent) {
      const visibility = this.styles.of(at).visibility ?? presented(at, 'visibility');
      if (visibility !== null && visibility !== 'inherit') return visibility === 'visible';
    }
    return true;
  }

  /** How the page has an element's letters written. */
  #transformOf(element: Element): string {
    const passed: Element[] = [];
    let transform: string | null = null;
    for (let at: AnyNode | null = element; isElement(at) && transform === null; at = at.parent) {
      passed.push(at);
      transform = this.#transforms.get(at) ?? this.styles.of(at)['text-transform'];
    }
    for (const each of passed) this.#transforms.set(each, transform ?? 'none');
    return transform ?? 'none';
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
      const looks = this.styles.of(at);
      if (isGone(at, looks, placeOf(at, looks, this.styles)) || NO_TEXT.has(at.name)) {
        isRendered = false;
        break;
      }
    }
    for (const each of passed) this.#rendered.set(each, isRendered);
    return isRendered;
  }
}

/** Where an element stands: in the line, on lines of its own, in a box within the line, or in a row of a table that the page made up. */
type Place = 'text' | 'block' | 'box' | 'cell';
/** `hidden`: not its own text, but perhaps that of elements in it, which are `shown` again. */
type Treatment = Place | 'none' | 'hidden' | 'shown' | `shown-${Place}`;

const ofXml = ({ name }: Element): Treatment => (SEPARATE.has(name) ? 'block' : 'text');

/** As `VisibleText`, for a page whose style sheets do not matter. */
export function textOf(node: AnyNode): string {
  return new VisibleText({ of: () => NO_LOOKS }, false).of(node);
}

interface Walk {
  /** Whether what is closed counts, too. */
  readonly isAll: boolean;
  /** Ends with more characters than these. */
  readonly most: number;
  treatment(element: Element): Treatment;
  /** Left out where no letters change. */
  transformOf?(element: Element): string;
}

/** What stands before and behind an element of such a place. */
const AROUND = { block: [GAP, GAP], box: [BEGIN, END], cell: ['', GAP] } as const;
const MARKS: Readonly<Partial<Record<Treatment, readonly [string, string]>>> = {
  ...AROUND,
  'shown-block': AROUND.block,
  'shown-box': AROUND.box,
  'shown-cell': AROUND.cell,
};

/** A stack of its own: pages may nest deeper than the call stack is. */
function walked(root: AnyNode, { isAll, most, treatment, transformOf }: Walk): string {
  const parts: string[] = [];
  let left = most;
  const waiting: { readonly node: AnyNode | string; readonly isHidden: boolean }[] = [{ node: root, isHidden: false }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, isHidden } = next;
    if (typeof node === 'string') parts.push(node);
    else if (node.type === 'text') {
      if (isHidden) continue;
      const { parent, data } = node;
      const isTransformed = transformOf && isElement(parent);
      parts.push(isTransformed ? transformed(data, transformOf(parent), parts.at(-1), languageOf(parent)) : data);
      // Spaces may be worth nothing once all is joined.
      left -= most === Infinity ? 0 : collapsed(data).length;
      if (left < 0) break;
    } else if ('children' in node) {
      const how = isElement(node) && node !== root ? treatment(node) : 'text';
      if (how === 'none') continue;
      const marks = how === 'text' ? undefined : MARKS[how];
      if (marks !== undefined) {
        parts.push(marks[0]);
        waiting.push({ node: marks[1], isHidden });
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
  // Spaces at the edges of a box in the line are not shown.
  const lined = text.includes(BEGIN)
    ? text
        .replace(/[\t\n\f\r ]+/g, ' ')
        .replace(/(?:\ufdd0 ?)+/g, '')
        .replace(/(?: ?\ufdd1)+/g, '')
    : text;
  // Single spaces, most of it, are passed over.
  return lined.replace(/[\t\n\f\r \u00a0\ufdd2]{2,}|[\t\n\f\r\u00a0\ufdd2]/g, ' ').trim();
}

function isGone(element: Element, looks: Looks, place: Place): boolean {
  const { name, attribs } = element;
  // What stands in the line cannot be skipped so.
  if (looks['content-visibility'] === 'hidden' && place !== 'text') return true;
  if (isUnseenPart(element)) return true;
  // What the page says itself is stronger than what browsers have of their own.
  const display = looks.display ?? presented(element, 'display');
  if (display !== null) return /^(?:none|table-column)/.test(display);
  if (isHiddenAttribute(attribs['hidden'], place)) return true;
  if (Object.hasOwn(attribs, 'popover')) return true;
  if (name === 'rp') return true;
  if (name === 'dialog') return !('open' in attribs);
  return name === 'input' && attribs['type']?.toLowerCase() === 'hidden';
}

/** Attributes of SVG that stand for properties; style sheets are stronger. */
function presented({ namespace, attribs }: Element, name: string): string | null {
  return namespace === SVG && Object.hasOwn(attribs, name) ? (attribs[name] ?? null) : null;
}

const SVG = 'http://www.w3.org/2000/svg';

function isHiddenAttribute(hidden: string | undefined, place: Place): boolean {
  if (hidden === undefined) return false;
  return hidden.toLowerCase() !== 'until-found' || place !== 'text';
}

function isUnseenPart(element: Element): boolean {
  const { name, attribs } = element;
  const parent = isElement(element.parent) ? element.parent : null;
  if (UNSEEN.has(name)) return true;
  if (name === 'object')
    return Boolean(attribs['data']) && !GONE_PLUGIN.test(`${attribs['type'] ?? ''} ${attribs['data']}`);
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

function placeOf(element: Element, looks: Looks, styles: Pick<Styles, 'of'>): Place {
  const { name, parent } = element;
  const { display } = looks;
  if (display === 'contents') return 'text';
  if (looks.float !== null && looks.float !== 'none') return 'block';
  if (looks.position === 'absolute' || looks.position === 'fixed') return 'block';
  if (isElement(parent) && /^(?:inline-)?(?:flex|grid)$/.test(styles.of(parent).display ?? '')) return 'block';
  // A paragraph is one, whatever it looks like.
  if (display === null || name === 'p') return ownPlaceOf(name);
  if (INLINE_BLOCK.test(display)) return 'box';
  if (CELL_OR_ROW.test(display)) {
    // Between two that are alike, or parts of one table: what stands around them is none.
    const next = nextElement(element);
    const isInTable = isElement(parent) && /table/.test(styles.of(parent).display ?? '');
    return next !== null && (isInTable || styles.of(next).display === display) ? 'cell' : 'text';
  }
  return INLINE.test(display) ? 'text' : 'block';
}

function ownPlaceOf(name: string): Place {
  if (SEPARATE.has(name)) return 'block';
  return INLINE_BLOCKS.has(name) ? 'box' : 'text';
}
