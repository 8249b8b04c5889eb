import type { Cleaning } from '../clean/cleaning.js';
import { patternProblem } from '../clean/pattern.js';

/** Which of the elements that a selector finds are taken: the first, with the list that it begins, if any; the first alone; all. */
export type Take = 'list' | 'first' | 'all';

/** What stands behind a selector: ` | all | number`. */
export interface Endings {
  readonly take: Take;
  /** Between the values of a cell that has several. */
  readonly separator: string;
  readonly cleanings: readonly Cleaning[];
}

export type ParsedEndings =
  | { readonly endings: Endings }
  | { readonly problem: 'column-bad-ending'; readonly ending: string }
  | { readonly problem: 'column-bad-pattern'; readonly ending: string; readonly reason: string };

export const ENDING_WORDS = ['first', 'all', 'join', 'trim', 'number', 'date', 'match', 'absolute'] as const;

export const SEPARATOR = ', ';

const JOIN = /^join\s+(?:"([^"]*)"|'([^']*)'|(\S+))\s*/;
const MATCH = /^match\s+(?:\/((?:[^/\\]|\\[\s\S])+)\/(i?)(?=\s|$)|([^|]+))\s*/;
const WORD = /^(first|all|trim|number|date|absolute)(?=\s|\||$)\s*/;

/** `text` begins behind the first bar. */
export function parseEndings(text: string, taken: Take): ParsedEndings {
  let endings: Endings = { take: taken, separator: SEPARATOR, cleanings: [] };
  let rest = text.trim();
  for (;;) {
    const join = JOIN.exec(rest);
    const match = MATCH.exec(rest);
    const word = WORD.exec(rest);
    const whole = (join ?? match ?? word)?.[0] ?? '';
    if (join !== null) {
      endings = { ...endings, take: 'all', separator: join[1] ?? join[2] ?? join[3] ?? '' };
    } else if (match !== null) {
      const pattern = {
        source: match[1]?.replaceAll('\\/', '/') ?? match[3]?.trim() ?? '',
        ignoresCase: match[2] === 'i',
      };
      const reason = patternProblem(pattern);
      if (reason !== null) return { problem: 'column-bad-pattern', ending: pattern.source, reason };
      endings = withCleaning(endings, { kind: 'match', pattern });
    } else if (word !== null) {
      endings = withWord(endings, word[1] as 'first');
    } else return { problem: 'column-bad-ending', ending: rest };
    rest = rest.slice(whole.length);
    if (rest === '') return { endings };
    if (!rest.startsWith('|')) return { problem: 'column-bad-ending', ending: rest };
    rest = rest.slice(1).trim();
  }
}

function withWord(endings: Endings, word: 'first' | 'all' | 'trim' | 'number' | 'date' | 'absolute'): Endings {
  if (word === 'first' || word === 'all') return { ...endings, take: word };
  return withCleaning(endings, { kind: word });
}

function withCleaning(endings: Endings, cleaning: Cleaning): Endings {
  return { ...endings, cleanings: [...endings.cleanings, cleaning] };
}

/** Where the first bar with white space around it stands, outside of brackets and quotation marks; the length when none does. */
export function endingsStart(text: string): number {
  const open: string[] = [];
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === '\\') at += 1;
    else if (quote !== '') quote = sign === quote ? '' : quote;
    else if (open.length > 0 && (sign === '"' || sign === "'")) quote = sign;
    else if (sign === '(' || sign === '[') open.push(sign === '(' ? ')' : ']');
    else if (sign === open.at(-1)) open.pop();
    else if (sign === '|' && open.length === 0 && isApart(text, at)) return at;
  }
  return text.length;
}

function isApart(text: string, at: number): boolean {
  return /^\s?$/.test(text.charAt(at - 1)) && /^\s?$/.test(text.charAt(at + 1));
}
