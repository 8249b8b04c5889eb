/** One line of a robots.txt that applies to this program. */
export interface Rule {
  readonly allow: boolean;
  /** As written. */
  readonly path: string;
  /** As it is compared. */
  readonly pattern: string;
}

/** What a robots.txt says to one crawler. Plain data, so that it can be kept as JSON. */
export interface Robots {
  readonly rules: readonly Rule[];
  /** As stated; null when it states none. */
  readonly crawlDelaySeconds: number | null;
}

/** RFC 9309, 2.5: at least this much must be parsed; what is beyond is passed over. */
export const MOST_ROBOTS_BYTES = 500 * 1024;

/** As Google's parser: eight times the longest address that browsers used to know. */
const LONGEST_LINE = 8 * 2083;

/** Common misspellings included, as in Google's parser. */
const USER_AGENT = /^user[- ]?agent$/;
const ALLOW = /^allow$/;
const DISALLOW = /^(disallow|dissallow|dissalow|disalow|diasllow|disallaw)$/;
const CRAWL_DELAY = /^crawl[- ]?delay$/;

/** What is collected for the crawler by name, or for everybody. */
interface Group {
  found: boolean;
  rules: Rule[];
  crawlDelaySeconds: number | null;
}

/**
 * Reads a robots.txt by RFC 9309 for the crawler with this product token (letters, `-`, `_`). All groups that name it
 * are one; those for `*` count only when none names it.
 */
export function parseRobots(bytes: Uint8Array, productToken: string): Robots {
  const named: Group = { found: false, rules: [], crawlDelaySeconds: null };
  const everybody: Group = { found: false, rules: [], crawlDelaySeconds: null };
  let current: Group[] = [];
  let inRules = false;
  for (const [key, value] of lines(bytes)) {
    if (USER_AGENT.test(key)) {
      if (inRules) current = [];
      inRules = false;
      const group = /^\*(\s|$)/.test(value) ? everybody : isToken(value, productToken) ? named : null;
      if (group) {
        group.found = true;
        current.push(group);
      }
    } else if (ALLOW.test(key) || DISALLOW.test(key)) {
      inRules = true;
      // An empty path matches nothing: `Disallow:` alone allows all.
      const rule = { allow: ALLOW.test(key), path: value, pattern: comparable(value) };
      if (value !== '') for (const group of current) group.rules.push(rule);
    } else if (CRAWL_DELAY.test(key) && /^\d+(\.\d*)?$|^\.\d+$/.test(value)) {
      for (const group of current) group.crawlDelaySeconds ??= Number(value);
    }
  }
  const { rules, crawlDelaySeconds } = named.found ? named : everybody;
  return { rules, crawlDelaySeconds };
}

/** Rules as one text, a line each: to take thousands apart and put them together takes long. */
export function packRules(rules: readonly Rule[]): string {
  return rules.map(({ allow, path }) => (allow ? '+' : '-') + path).join('\n');
}

export function unpackRules(text: string): Rule[] {
  if (text === '') return [];
  return text.split('\n').map((line) => {
    const path = line.slice(1);
    return { allow: line.startsWith('+'), path, pattern: comparable(path) };
  });
}

function isToken(value: string, productToken: string): boolean {
  return /^[a-z_-]*/i.exec(value)?.[0].toLowerCase() === productToken.toLowerCase();
}

function* lines(bytes: Uint8Array): Generator<[key: string, value: string]> {
  const text = textOf(withoutBom(bytes.subarray(0, MOST_ROBOTS_BYTES)));
  for (const whole of text.split(/\r\n|\n|\r/)) {
    const line = whole.slice(0, LONGEST_LINE).replace(/#.*/, '').trim();
    const colon = line.indexOf(':');
    // People forget the colon, but it is plain what `disallow /` means.
    const [key, value] =
      colon >= 0 ? [line.slice(0, colon), line.slice(colon + 1)] : (/^(\S+)\s+(\S+)$/.exec(line)?.slice(1) ?? ['', '']);
    yield [(key ?? '').trim().toLowerCase(), (value ?? '').trim()];
  }
}

/** In any other encoding than UTF-8 bytes beyond ASCII stand for themselves, as in addresses. */
function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8');
  if (!text.includes('\ufffd')) return text;
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\x80-\xff]/g, percentEncoded);
}

/** Also without a part of one: some editors leave the rest behind. */
function withoutBom(bytes: Uint8Array): Uint8Array {
  const bom = [0xef, 0xbb, 0xbf];
  let length = 0;
  while (length < bom.length && bytes[length] === bom[length]) length += 1;
  return bytes.subarray(length);
}

/**
 * The rule that forbids an address; null when it may be fetched. The longest matching path decides, and of equally
 * long ones the one that allows.
 */
export function forbiddenBy({ rules }: Robots, { pathname, search }: Pick<URL, 'pathname' | 'search'>): Rule | null {
  const path = pathname + search;
  if (path === '/robots.txt') return null;
  // Whether a rule without `?` means what is before or after it, it does not say.
  const targets = [comparable(path), decoded(path, IN_PATH)].map((text) => text.replace(/[*$]/g, percentEncoded));
  let best: Rule | null = null;
  let longest = 0;
  for (const rule of rules) {
    const length = Math.max(...targets.map((target) => matchLength(rule, target)));
    if (length > longest || (length === longest && length > 0 && rule.allow)) {
      best = rule;
      longest = length;
    }
  }
  return best === null || best.allow ? null : best;
}

/** Octets of the rule's path when it matches, else 0. */
function matchLength({ allow, pattern }: Rule, target: string): number {
  if (matches(pattern, target)) return pattern.length;
  // As Google: what allows an index page allows its directory.
  const index = allow ? pattern.lastIndexOf('/index.htm') : -1;
  if (index < 0 || pattern.indexOf('/', index + 1) >= 0) return 0;
  const directory = `${pattern.slice(0, index + 1)}$`;
  return matches(directory, target) ? directory.length : 0;
}

/** `*` stands for any characters, `$` at the end for the end. The parts are searched in turn: no way back is needed. */
function matches(pattern: string, target: string): boolean {
  const anchored = pattern.endsWith('$');
  const parts = (anchored ? pattern.slice(0, -1) : pattern)
    .split('*')
    .map((part) => part.replace(/\$/g, percentEncoded));
  const [first = '', ...rest] = parts;
  if (!target.startsWith(first)) return false;
  let at = first.length;
  const last = rest.length - 1;
  for (const [i, part] of rest.entries()) {
    if (anchored && i === last) return target.length - part.length >= at && target.endsWith(part);
    const found = target.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return !anchored || at === target.length;
}

/** What stays encoded: encoded it is data, as it is it parts paths or fields, or has a meaning in rules. */
const IN_PATH = /[^!-~]|[%*$&=/?]/;
const IN_QUERY = /[^!-~]|[%*$&=]/;

/**
 * The form in which paths are compared (RFC 9309, 2.2.2). The RFC encodes on both sides what is reserved and leaves open
 * the rest, which the URL standard encodes in part; here both are decoded, which finds the same to be equal.
 */
function comparable(path: string): string {
  const query = path.search(/\?|$/);
  return decoded(path.slice(0, query), IN_PATH) + decoded(path.slice(query), IN_QUERY);
}

/** Octets beyond ASCII percent-encoded, encoded ones decoded but for those that stay, their digits in capitals. */
function decoded(text: string, stays: RegExp): string {
  return text
    .replace(/[^\x21-\x7e]+/g, (characters) => encodeURIComponent(characters.toWellFormed()))
    .replace(/%[0-9a-f]{2}/gi, (octet) => {
      const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16));
      return stays.test(character) ? octet.toUpperCase() : character;
    });
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
