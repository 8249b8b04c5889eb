/** One part of a selector, such as `li.item:nth-child(3)`, and what stands before it. */
export interface Compound {
  readonly combinator: '' | ' ' | '>' | '+' | '~';
  readonly text: string;
}

/** Nobody writes more of them. */
const MOST_COMPOUNDS = 40;
const COMBINATOR = /\s*([>+~])\s*|\s+/y;
const PART = /(?:\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"?|'(?:[^'\\]|\\[\s\S])*'?|[^\s>+~"'\\([])+/y;

/** The parts of a selector, by its writing alone; null for a list of selectors, and for what cannot be taken apart. */
export function compoundsOf(selector: string): readonly Compound[] | null {
  const text = selector.trim();
  const compounds: Compound[] = [];
  for (let at = 0; at < text.length; ) {
    COMBINATOR.lastIndex = at;
    const sign = COMBINATOR.exec(text);
    at += sign?.[0].length ?? 0;
    const end = partEnd(text, at);
    const part = text.slice(at, end);
    if (part === '' || /^,|,$/.test(part) || compounds.length === MOST_COMPOUNDS) return null;
    const combinator = sign === null ? '' : ((sign[1] ?? ' ') as Compound['combinator']);
    compounds.push({ combinator, text: part });
    at = end;
  }
  return compounds;
}

function partEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    PART.lastIndex = at;
    const plain = PART.exec(text)?.[0].length ?? 0;
    at += plain;
    if (text[at] === '(' || text[at] === '[') at = closing(text, at);
    else if (plain === 0 || /[\s>+~]/.test(text[at] ?? '')) return at;
  }
  return text.length;
}

const PAIRS: Readonly<Record<string, string>> = { '(': ')', '[': ']' };

/** Behind the bracket that closes the one at `from`. */
function closing(text: string, from: number): number {
  const open: string[] = [];
  for (let at = from; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === '\\') at += 1;
    else if (sign === '"' || sign === "'") {
      const end = text.indexOf(sign, at + 1);
      if (end < 0) return text.length;
      at = end;
    } else if (PAIRS[sign] !== undefined) open.push(PAIRS[sign]);
    else if (sign === open.at(-1)) {
      open.pop();
      if (open.length === 0) return at + 1;
    }
  }
  return text.length;
}

export function joined(compounds: readonly Compound[]): string {
  return compounds
    .map(({ combinator, text }, i) => {
      if (combinator === '' || (i === 0 && combinator === ' ')) return text;
      if (combinator === ' ') return ` ${text}`;
      return i === 0 ? `${combinator} ${text}` : ` ${combinator} ${text}`;
    })
    .join('');
}

/** https://drafts.csswg.org/cssom/#serialize-an-identifier */
export function escaped(name: string): string {
  return name
    .replace(/[^\w\-\u0080-\uffff]/g, '\\$&')
    .replace(/^(-?)(\d)/, (_, dash: string, digit: string) => `${dash}\\3${digit} `);
}
