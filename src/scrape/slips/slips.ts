import { parseColumns } from '../read/columns.js';
import { embeddedPath } from '../read/embedded-json.js';
import { isJsonPath } from '../read/json-path.js';
import { isXPath, selectorProblem } from '../read/selector.js';
import { compoundsOf, escaped, joined } from './compounds.js';
import { selectorsOfHtml } from './pasted-html.js';
import { cssOfXPath } from './xpath.js';

/** Where a selector is written: for rows, for a column (with the attribute behind it), or for links. */
export type Place = 'row' | 'column' | 'link';

/** A text that was probably meant in place of another. */
export interface Suggestion {
  /** What is wrong: the key of its text in `slips`. */
  readonly code: SlipCode;
  readonly text: string;
  /** What `numbered` leaves out of what was typed. */
  readonly without: readonly string[];
}

const QUOTES = /^(?:"(.*)"|'(.*)'|`(.*)`|“(.*)”|‘(.*)’|「(.*)」|『(.*)』)(\s*@[\w:-]+)?$/s;
/** `document.querySelector("…")`, `$$('…')`, `soup.select("…")`, `response.css('…')` */
const CALL =
  /(?:querySelector(?:All)?|\$\$?|select(?:_one)?|css|find(?:_all|All)?|locator|jQuery)\(\s*(["'`])(.*?)\1\s*\)/s;
const NTH = /:nth-(?:last-)?(?:child|of-type)\([^()]*\)|:(?:first|last|only)-(?:child|of-type)/g;
/** Elements of pages; other names are more likely classes. https://html.spec.whatwg.org/#element-interfaces */
const ELEMENTS = new Set(
  (
    'a abbr address area article aside audio b base bdi bdo blockquote body br button canvas caption center cite code col ' +
    'colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form ' +
    'frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li link main map ' +
    'mark menu meta meter nav nobr noscript object ol optgroup option output p param picture pre progress q rp rt ruby s ' +
    'samp script search section select slot small source span strong style sub summary sup svg table tbody td template ' +
    'textarea tfoot th thead time title tr track tt u ul var video wbr'
  ).split(' '),
);

/** What may have been meant, the likeliest first; it need not be usable. */
type Suggest = (text: string, place: Place) => readonly string[];

/** Slips as they are made, each with what was probably meant: tried in this order, and on what others have mended. */
export const SLIPS = {
  quotes(text) {
    const groups = QUOTES.exec(text)?.slice(1) ?? [];
    const inside = groups.slice(0, -1).find((each) => each !== undefined);
    return inside === undefined ? [] : [inside.trim() + (groups.at(-1) ?? '')];
  },
  call(text) {
    const [, , inside] = CALL.exec(text) ?? [];
    return inside === undefined ? [] : [inside];
  },
  rule: (text) => (/^[^{]+\{[^}]*\}?$/.test(text) ? [text.replace(/\s*\{[\s\S]*$/, '')] : []),
  'full-width': (text) => [halfWidth(text)],
  html: selectorsOfHtml,
  xpath(text) {
    const css = isXPath(text) ? cssOfXPath(text) : null;
    return css === null ? [] : [css];
  },
  'pseudo-element': (text, place) => [
    text.replace(/\s*::attr\(\s*["']?([\w:-]+)["']?\s*\)\s*$/, place === 'column' ? '@$1' : ''),
    text.replace(/\s*::?(?:text|before|after|first-line|first-letter)\s*$/, ''),
  ],
  'attribute-in-brackets'(text, place) {
    const [, owner, name] = /^(.*)\[@([\w:-]+)\]$/.exec(text) ?? [];
    const plain = text.replace(/\[\s*@/g, '[');
    return place === 'column' && name !== undefined ? [`${owner}@${name}`, plain] : [plain];
  },
  'attribute-here': (text, place) => (place === 'column' ? [] : [text.replace(/\s*@[\w:-]+$/, '')]),
  'left-over': (text) => [text.replace(/^[\s,;>+~]+|[\s,;>+~{]+$/g, '')],
  unescaped: (text) => [withEscapes(text)],
  'class-dot': (text) => [withDots(text), allClasses(text)],
  id: (text) => [withHash(text)],
  'outside-row': (text, place) => (place === 'column' ? suffixes(text) : []),
  numbered: (text, place) => (place === 'column' ? [] : unnumbered(text)),
} as const satisfies Readonly<Record<string, Suggest>>;

export type SlipCode = keyof typeof SLIPS;

const TABLE = Object.entries(SLIPS) as readonly (readonly [SlipCode, Suggest])[];

const MOST_SUGGESTIONS = 24;
/** So many texts are tried of one that was typed. */
const MOST_TRIED = 100;
const DEEPEST = 3;
/** Nobody types more. */
const LONGEST = 2000;

/** What may have been meant with `text`, the likeliest first: each can be used where it was written. */
export function suggestions(text: string, place: Place): readonly Suggestion[] {
  const found = new Map<string, Suggestion>();
  const seen = new Set([text]);
  const look = (from: string, first: SlipCode | null, depth: number) => {
    for (const [code, suggest] of TABLE) {
      for (const each of suggest(from, place)) {
        const meant = each.trim();
        if (meant === '' || seen.has(meant) || found.size >= MOST_SUGGESTIONS || seen.size >= MOST_TRIED) continue;
        seen.add(meant);
        const said = first ?? code;
        if (isUsable(meant, place))
          found.set(meant, { code: said, text: meant, without: code === 'numbered' ? leftOut(from, meant) : [] });
        else if (depth < DEEPEST) look(meant, said, depth + 1);
      }
    }
  };
  if (text.length <= LONGEST) look(text.trim(), null, 1);
  return [...found.values()];
}

export function isUsable(text: string, place: Place): boolean {
  if (place === 'column') return parseColumns(`x: ${text}`).problems.length === 0;
  return isJsonPath(text) || embeddedPath(text) !== null || selectorProblem(text) === null;
}

/** The parts of a selector that are shorter in another one, and by what. */
function leftOut(text: string, meant: string): readonly string[] {
  const before = compoundsOf(text) ?? [];
  const after = compoundsOf(meant) ?? [];
  return before.flatMap((each, i) => {
    const kept = after[i]?.text === '*' ? '' : (after[i]?.text ?? '');
    return each.text === kept ? [] : each.text.replace(kept, '');
  });
}

/** Full-width letters, digits and signs as a keyboard for selectors has them. */
function halfWidth(text: string): string {
  return text
    .replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/\u3000/g, ' ')
    .replace(/。/g, '.')
    .replace(/、/g, ',')
    .replace(/[“”„]/g, '"')
    .replace(/[‘’]/g, "'");
}

/** `.w-1/2` and `.md:flex`, whose signs mean something else in a selector, and `.3col`. */
function withEscapes(text: string): string {
  const compounds = compoundsOf(text.replace(/(?<=\.[\w-]*):(?=[a-z][\w-]*(?:[\s.]|$))/g, '\\:'));
  if (compounds === null) return text;
  return joined(
    compounds.map((each) => ({
      ...each,
      text: each.text.replace(/([.#])((?:\\.|[\w\-/%!])+)/g, (_, sign: string, name: string) => {
        return sign + escaped(name.replace(/\\/g, '')).replace(/\\\\/g, '\\');
      }),
    })),
  );
}

/** Names that are no elements become classes. */
function withDots(text: string): string {
  const compounds = compoundsOf(text);
  if (compounds === null) return text;
  return joined(
    compounds.map((each) => {
      const [, name = ''] = /^([a-z_][\w-]*)/i.exec(each.text) ?? [];
      return name === '' || ELEMENTS.has(name.toLowerCase()) ? each : { ...each, text: `.${each.text}` };
    }),
  );
}

/** A name at the end that is no element becomes an id. */
function withHash(text: string): string {
  return text.replace(/(^|[\s>+~])([a-z_][\w-]*)$/i, (whole, before: string, name: string) =>
    ELEMENTS.has(name.toLowerCase()) ? whole : `${before}#${name}`,
  );
}

/** `card card-wide`, as `class` has them, are classes of one element. */
function allClasses(text: string): string {
  const names = text.split(/\s+/).map((name) => name.replace(/^\./, ''));
  const isList = names.length > 1 && names.every((name) => /^[a-z_-][\w-]*$/i.test(name));
  return isList ? names.map((name) => `.${name}`).join('') : text;
}

/** Of a way that begins at the root of the page, all ends: one of them begins in the row. */
function suffixes(text: string): readonly string[] {
  const at = text.search(/@[\w:-]+$/);
  const [selector, attribute] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
  const compounds = compoundsOf(selector) ?? [];
  return compounds.slice(1).map((_, i) => {
    const [first, ...others] = compounds.slice(i + 1);
    return first === undefined ? text : joined([{ ...first, combinator: '' }, ...others]) + attribute;
  });
}

/** Without one of the numbers that make it find a single element, from the right, and without all of them. */
function unnumbered(text: string): readonly string[] {
  const compounds = compoundsOf(text);
  if (compounds === null) return [];
  const isNumbered = compounds.map((each) => without(each.text) !== each.text);
  const all = isNumbered.flatMap((is, i) => (is ? i : []));
  const freed = (which: ReadonlySet<number>) =>
    joined(compounds.map((each, i) => (which.has(i) ? { ...each, text: without(each.text) } : each)));
  return [...all.reverse().map((i) => freed(new Set([i]))), freed(new Set(all))];
}

/** Without its place among its siblings, and without an id that has a number. */
function without(compound: string): string {
  const text = compound.replace(NTH, '').replace(/#[\w-]*\d[\w-]*/g, '');
  return text === '' ? '*' : text;
}
