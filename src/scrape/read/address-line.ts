/** What can stand before an address in a list: a bullet or a number. */
const BULLET = /^(?:[-*+•・>]|\(?\d{1,6}[.)])\s+/;
/** A tag, or a link with what stands in it; that of a link may end in another line. */
const TAG = /<a\s[^<>]*>(?:(?!<\/?a[\s>])[\s\S])*<\/a>|<a\s[^<>]*>?|<[^<>]*>/gi;
const HTML_LINK = /href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;
/** Links of Markdown, BBCode, LaTeX, Org, and of chats (`<address|title>`). */
const WRITTEN_LINKS = [
  /\]\(\s*<?(https?:\/\/(?:[^\s()<>]|\([^\s()<>]*\))+)/gi,
  /\[url(?:=|\])["']?(https?:\/\/[^\s[\]"']+)/gi,
  /\\(?:href|url)\{(https?:\/\/[^\s{}]+)/gi,
  /\[\[(https?:\/\/[^\s[\]]+)\]/gi,
  /<(https?:\/\/[^\s|<>]+)\|/gi,
];
const ADDRESS = /^https?:\/\//i;
/** Separators between addresses: within one they stand, too, but not right before another. */
const BETWEEN = /[,;|、，；｜]+(?=https?:\/\/)/i;
/** A part of an address that has spaces in it, rather than a title behind it. */
const GOES_ON = /\/|\.(?:html?|php\d?|aspx?|jsp|cgi|pdf|txt|xml|json|csv|jpe?g|png|gif|zip|docx?|xlsx?)$/i;
/** What nobody sees, and browsers leave behind when something is copied. */
const INVISIBLE = /[\u200b-\u200f\u2060\ufeff]+/g;
/** A title right before an address, up to a mark that parts them; a path or a query would be an address itself. */
const TITLE = /^[^\s/?&#%]*[:：=[({<→>"'\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef](?=https?:\/\/)/i;
/** In quotation marks, as attributes and languages of programs have it. */
const IN_MARKS = /^[^/]*'(https?:\/\/[^']+)'/i;
/** What ends an address in Chinese and Japanese, where no space does. */
const MARKS = /[、。，；！？」』】）]+/;
/** What ends a sentence, and no address but by chance. */
const SENTENCE_END = /[.!?。！？．]+$/;

/**
 * The addresses of a line as people paste them: one, several with separators between them, with a title before or
 * behind, as a link of Markdown or HTML, within a sentence. Empty when there is none that begins with http:// or https://.
 */
export function addressesInLine(line: string): string[] {
  const plain = line.replace(INVISIBLE, '').trim().replace(BULLET, '');
  // Most lines of long lists.
  if (/^https?:\/\/[^\s,;|<>"'`()[\]{}、，；｜。」】）』！？“”„«»\u0085]+$/i.test(plain)) return [plain];
  if (!/https?:\/\//i.test(plain)) return [];
  if (/<a\s[^<>]*href/i.test(plain)) return addressesInHtml(plain);
  const written = WRITTEN_LINKS.flatMap((link) => [...plain.matchAll(link)].map(([, address = '']) => address));
  if (written.length > 0) return written;
  // None of these can be in an address.
  const words = plain.split(/[\s"`<>“”„«»\u0085]+/).filter((word) => word !== '');
  const isSentence = words.length > 1 || !ADDRESS.test(plain);
  const found = words
    .flatMap((word) => cellIn(word).split(MARKS))
    .flatMap((word) => word.split(BETWEEN))
    .map((word) => IN_MARKS.exec(word)?.[1] ?? word)
    .map((word) => bare(word.replace(TITLE, ''), isSentence))
    .filter((word) => ADDRESS.test(word));
  const [first = '', second] = words;
  const isSpaced = found.length === 1 && second !== undefined && /^\S+ \S+$/.test(plain) && ADDRESS.test(first);
  return isSpaced && GOES_ON.test(second) && !/[,;|]$/.test(first) ? [plain] : found;
}

/** Of links, and of what stands beside them: a table may have both. */
function addressesInHtml(html: string): string[] {
  const found: string[] = [];
  let from = 0;
  for (const tag of [...html.matchAll(TAG), null]) {
    found.push(...addressesInLine(html.slice(from, tag?.index)));
    if (tag === null) break;
    const links = [...tag[0].matchAll(HTML_LINK)].map(([, double, single, bare]) => double ?? single ?? bare ?? '');
    found.push(...links.map((link) => link.trim()).filter((link) => ADDRESS.test(link)));
    from = tag.index + tag[0].length;
  }
  return found.map((each) => each.replaceAll('&amp;', '&'));
}

/** Without the marks around it: brackets, commas, and those of a sentence. */
function bare(word: string, isSentence: boolean): string {
  const start = word.replace(/^[('「（[【{]+(?=https?:)/i, '');
  const end = start.replace(isSentence ? SENTENCE_END : /$/, '').replace(/[,;|、，；｜」】。]+$/, '');
  const closed = withoutClosers(end);
  return isSentence ? closed.replace(SENTENCE_END, '') : closed;
}

/** Of a line of a table, whose cells end as they begin: `A|http://a/|5` */
function cellIn(word: string): string {
  const [, separator = '', rest = ''] = /^[^:/?#]*([|;,])(https?:\/\/.*)$/i.exec(word) ?? [];
  return separator === '' || /https?:/i.test(rest.slice(8)) ? word : (rest.split(separator)[0] ?? '');
}

const PAIRS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{', '）': '（', "'": '' };

/** Brackets at the end that were opened before the address. */
function withoutClosers(text: string): string {
  let end = text.length;
  for (; end > 0; end -= 1) {
    const last = text.charAt(end - 1);
    const open = PAIRS[last];
    const inside = text.slice(0, end);
    if (open === undefined || (open !== '' && inside.split(open).length >= inside.split(last).length)) break;
  }
  return text.slice(0, end);
}
