/** What can stand before an address in a list: a bullet or a number. */
const BULLET = /^(?:[-*+•・>]|\(?\d{1,6}[.)])\s+/;
const HTML_LINK = /href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;
const MARKDOWN_LINK = /\]\(\s*<?(https?:\/\/(?:[^\s()<>]|\([^\s()<>]*\))+)/gi;
const ADDRESS = /^https?:\/\//i;
/** Separators between addresses: within one they stand, too, but not right before another. */
const BETWEEN = /[,;|、，；｜]+(?=https?:\/\/)/i;
/** A part of an address that has spaces in it, rather than a title behind it. */
const GOES_ON = /\/|\.(?:html?|php\d?|aspx?|jsp|cgi|pdf|txt|xml|json|csv|jpe?g|png|gif|zip|docx?|xlsx?)$/i;

/**
 * The addresses of a line as people paste them: one, several with separators between them, with a title before or
 * behind, as a link of Markdown or HTML. Empty when there is none that begins with http:// or https://.
 */
export function addressesInLine(line: string): string[] {
  const plain = line.trim().replace(BULLET, '');
  // Most lines of long lists.
  if (/^https?:\/\/[^\s,;|<>"'()、，；｜]+$/i.test(plain)) return [plain];
  if (!/https?:\/\//i.test(plain)) return [];
  if (/<a\s[^>]*href/i.test(plain)) {
    const links = [...plain.matchAll(HTML_LINK)].map(([, double, single, bare]) => double ?? single ?? bare ?? '');
    return links.map((link) => link.trim().replaceAll('&amp;', '&')).filter((link) => ADDRESS.test(link));
  }
  const markdown = [...plain.matchAll(MARKDOWN_LINK)].map(([, address = '']) => address);
  if (markdown.length > 0) return markdown;
  // None of these can be in an address.
  const words = plain.split(/[\s"<>]+/).filter((word) => word !== '');
  const found = words
    .flatMap((word) => word.split(BETWEEN))
    .map(bare)
    .filter((word) => ADDRESS.test(word));
  const [first = '', second] = words;
  const isSpaced = found.length === 1 && second !== undefined && /^\S+ \S+$/.test(plain) && ADDRESS.test(first);
  return isSpaced && GOES_ON.test(second) && !/[,;|]$/.test(first) ? [plain] : found;
}

/** Without the marks around it: brackets, commas. */
function bare(word: string): string {
  const start = word.replace(/^[('「（[【]+(?=https?:)/i, '');
  const end = start.replace(/[,;|、，；｜」】]+$/, '');
  const isOpen = (open: string) => end.includes(open);
  return end.replace(/[)'）\]]+$/, (marks) => (isOpen('(') || isOpen('[') || isOpen('（') ? marks : ''));
}
