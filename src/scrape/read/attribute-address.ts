import { resolve } from './address.js';

/** Attributes that hold one address: https://html.spec.whatwg.org/#attributes-3, those of old, and of feeds. */
const ADDRESS = new Set(
  (
    'href src action formaction cite poster data background longdesc usemap codebase classid profile manifest icon ' +
    'dynsrc lowsrc url xlink:href'
  ).split(' '),
);
/** Of several, each with a width or density behind it. */
const CANDIDATES = /^(?:data-(?:[\w-]*-)?)?(?:image)?srcset$/;
/** Several, with spaces in between. */
const SPACED = new Set(['ping', 'archive']);
/** Scripts put these where browsers look. */
const DATA_ADDRESS =
  /^data-(?:[\w-]*-)?(?:src|href|url|uri|poster|original|lazy|lazyload|link|permalink|background|bg|thumb|thumbnail|image|img|full|large|zoom)$/;
const SURE_DATA_ADDRESS = /^data-(?:[\w-]*-)?(?:src|href|url|uri|poster)$/;
/** What `content` of a `<meta>` has an address in: https://ogp.me and its like. */
const META_ADDRESS =
  /(?:^|[:.])(?:url|image|secure_url|src|video|audio|player|stream|logo|thumbnail|thumbnailurl|contenturl|embedurl|see_also|tileimage)$/i;
const LOOKS_LIKE_ADDRESS = /^(?:[a-z][a-z\d+.-]*:|\/|\.\.?\/|[?#])|^[^\s:]+\.[a-z\d]{2,5}(?:$|[?#])|^[^\s:]+\//i;

export interface Attribute {
  /** Lower-case. */
  readonly name: string;
  readonly value: string;
  /** Of the element that has it. */
  readonly attribs: Readonly<Record<string, string>>;
}

/** The value with the addresses in it made absolute; as written where there are none. */
export function absoluteValue({ name, value, attribs }: Attribute, base: string, encoding: string): string {
  if (value === '') return value;
  // As written when it is no address.
  const absolute = (address: string) => resolve(address, base, encoding)?.href ?? address;
  if (CANDIDATES.test(name)) return absoluteCandidates(value, absolute);
  if (SPACED.has(name)) return value.trim().split(/\s+/).map(absolute).join(' ');
  return holdsAddress(name, value, attribs) ? absolute(value) : value;
}

function holdsAddress(name: string, value: string, attribs: Readonly<Record<string, string>>): boolean {
  if (ADDRESS.has(name) || SURE_DATA_ADDRESS.test(name)) return true;
  if (DATA_ADDRESS.test(name)) return LOOKS_LIKE_ADDRESS.test(value.trim());
  if (name !== 'content') return false;
  const of = attribs['property'] ?? attribs['name'] ?? attribs['itemprop'] ?? '';
  return META_ADDRESS.test(of) && LOOKS_LIKE_ADDRESS.test(value.trim());
}

/** https://html.spec.whatwg.org/#parsing-a-srcset-attribute: an address ends at white space, or at commas that end it. */
function absoluteCandidates(value: string, absolute: (address: string) => string): string {
  const candidates: string[] = [];
  const pattern = /[\s,]*([^\s,]\S*)/y;
  for (let match = pattern.exec(value); match !== null; match = pattern.exec(value)) {
    const [, written = ''] = match;
    const address = written.replace(/,+$/, '');
    let descriptor = '';
    if (address === written) {
      const rest = /\s*((?:[^,(]|\([^)]*\)?)*)/y;
      rest.lastIndex = pattern.lastIndex;
      descriptor = rest.exec(value)?.[1]?.trim().replace(/\s+/g, ' ') ?? '';
      pattern.lastIndex = rest.lastIndex;
    }
    candidates.push(descriptor === '' ? absolute(address) : `${absolute(address)} ${descriptor}`);
  }
  return candidates.join(', ');
}
