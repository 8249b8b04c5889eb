/** One token, or some that mean nothing here: what is in quotation marks or in `url()` opens and ends nothing. */
const TOKEN =
  /"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?|url\(\s*(?:[^"'\s)\\]|\\[\s\S])(?:[^)\\]|\\[\s\S])*\)?|\\[\s\S]?|[^"'\\()[\]{};,u]+|[\s\S]/giy;

const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Where the first character of `stops` stands that is in no brackets; the end of the text when there is none. */
export function indexOfAny(text: string, stops: string, from = 0): number {
  const open: string[] = [];
  TOKEN.lastIndex = from;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const [token = ''] = TOKEN.exec(text) ?? [];
    if (open.length === 0 && token.length === 1 && stops.includes(token)) return at;
    if (token === open.at(-1)) open.pop();
    else if (CLOSERS[token] !== undefined) open.push(CLOSERS[token]);
  }
  return text.length;
}

/** At commas that are in no brackets. */
export function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  for (let from = 0; from <= text.length; ) {
    const end = indexOfAny(text, ',', from);
    parts.push(text.slice(from, end));
    from = end + 1;
  }
  return parts;
}

const COMMENT_OR_TEXT =
  /("(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?|url\(\s*(?:[^"'\s)\\/]|\\[\s\S])(?:[^)\\]|\\[\s\S])*\)?)|\/\*[\s\S]*?(?:\*\/|$)/gi;

export function withoutComments(css: string): string {
  return css.includes('/*') ? css.replace(COMMENT_OR_TEXT, (_, kept?: string) => kept ?? '') : css;
}
