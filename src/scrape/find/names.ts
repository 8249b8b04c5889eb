/**
 * Which classes and ids of a page are worth naming in a selector: those that people wrote to say what a thing is, which
 * are the same on the next page and after the next release of the site.
 */

/** Made by style compilers, with a hash behind. */
const GENERATED =
  /^(?:css|sc|jsx|jss|emotion|svelte|styled|tw|_ng\w*|ng|data-v|makeStyles|Mui\w*)[-_]?(?=.*\d|[a-zA-Z]{5,}$)/;
const STATE =
  /^(?:(?:is|has|was|not)[-_].+|active|current|selected|disabled|enabled|hover|open|opened|closed|collapsed|expanded|hidden|hide|visible|show|shown|odd|even|alt(?:[-_]?row)?|first|last|new|sticky|featured|sale|in|on|off|fade|loaded|loading|lazy\w*|clicked|visited|checked|read|unread|hot|locked?|closed|pinned|sold[-_]?out|unavailable|promoted|premium|highlight(?:ed)?|hover)$/i;
const NUMBERED_STATE = /(?:^|[-_])(?:odd|even|first|last|active|selected|hover|unread|alt\d?|depth[-_]?\d+)$/i;
const CAMEL_STATE = /[a-z](?:Odd|Even|Alt|First|Last|Active|Selected)$/;
const LAYOUT =
  /^(?:row|rows|col|cols|column|columns|cell|grid|flex|inline|block|container|container-fluid|wrapper|wrap|inner|outer|clear|clearfix|cf|group|left|right|center|centre|middle|top|bottom|float\w*|pull-\w+|push-\w+|text-\w+|align\w*|col-.+|col[sx]?\d+|span\d+|span_\d+|grid[-_].+|[mp][xytblrse]?-.+|w-.+|h-.+|d-.+|flex-.+|justify-.+|items-.+|gap-.+|font-.+|bg-.+|border-.*|rounded.*|shadow.*|large-\d+|medium-\d+|small-\d+|[sml]\d+|unit|js-.+|ng-.+|no-gutters?|fl|fr|cl|tac|tar|tal|btn|button|link|item|list|box|body|content|main|table|td|tr|th|li|ul|img|image-wrapper|small|big|bold|first-child|last-child)$/i;

const LONGEST_REMEMBERED = 60;
const MOST_REMEMBERED = 5_000;

/** The same names stand on a page again and again: what was found out of one is kept, of a bounded number. */
export function remembering<T>(find: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const old = known.get(name);
    if (old !== undefined) return old;
    const found = find(name);
    if (name.length > LONGEST_REMEMBERED) return found;
    if (known.size === MOST_REMEMBERED) known.clear();
    known.set(name, found);
    return found;
  };
}

export const isStable = remembering((name) => {
  if (name.length > 50 || !/^-?[a-zA-Z_][\w-]*$/.test(name) || GENERATED.test(name)) return false;
  return name.split(/[-_]+/).every(isWordlike);
});

/** Letters, and at most two digits after them: `price`, `col2`. Neither `a8Fj2` nor `1234` nor `xkzqrt`. */
function isWordlike(piece: string): boolean {
  if (piece === '' || /^\d{1,2}$/.test(piece)) return true;
  if (!/^[a-zA-Z]+\d{0,2}$/.test(piece)) return false;
  return piece.length < 6 || /[aeiouy]/i.test(piece);
}

/** Says what state an element is in, which is another on the next page. */
export const isState = remembering((name) => STATE.test(name) || NUMBERED_STATE.test(name) || CAMEL_STATE.test(name));

/** Says where an element stands or what it looks like. */
export function isLayout(name: string): boolean {
  return LAYOUT.test(name);
}

/** 2: says what the thing is; 1: only where it stands; 0: not to be named. */
export const worth = remembering((name): 0 | 1 | 2 => {
  if (!isStable(name) || isState(name)) return 0;
  return isLayout(name) ? 1 : 2;
});

/** `search_list_Title` → `['search', 'list', 'title']`. */
export const wordsOf = remembering((name): readonly string[] =>
  name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== ''),
);

/** Words of classes that say what a text is, wherever they stand in the class. */
export const FIELD_WORDS = new Set(
  'title name subtitle headline heading price cost date time day month year author user username byline category categories tag tags description desc summary excerpt snippet abstract rating score stars points votes likes comments replies posts views rank location place venue address city country region company employer brand maker publisher salary image thumbnail thumb photo picture phone tel fax email website url site source age genre size colour color stock availability sku isbn status type kind format language duration quantity count distance department team discount domain seller vendor poster artist director creator owner editor journal condition'.split(
    ' ',
  ),
);

export const saysField = remembering((name) => wordsOf(name).some((word) => FIELD_WORDS.has(word)));
