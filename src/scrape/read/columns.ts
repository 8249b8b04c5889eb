import {
  ENDING_WORDS,
  type Endings,
  endingsStart,
  type ParsedEndings,
  parseEndings,
  SEPARATOR,
} from './column-endings.js';
import { isJsonPath } from './json-path.js';
import type { Problem } from './problem.js';
import { type SelectorProblem, selectorEnd, selectorProblem } from './selector.js';

/** One column of the table, and where its cells are found in a row. */
export interface Column extends Endings {
  readonly name: string;
  /** Of the page that the row leads to, instead of the row. */
  readonly isOfDetail: boolean;
  /** Empty: the row itself. */
  readonly selector: string;
  /**
   * An attribute's name, or `text`; `text-own`: without that of elements within; `text-after`: what follows, up to the
   * next element; `html`.
   */
  readonly attribute: string;
  /** What stands in every cell, whatever the page has; null: what the selector finds. */
  readonly constant: string | null;
}

export interface ParsedColumns {
  readonly columns: readonly Column[];
  readonly problems: readonly Problem[];
}

/** A page's rows are made in one go, in which nothing else is answered. */
const MAX_COLUMNS = 100;
const MAX_PROBLEMS = 20;

/** The column that every row begins with. */
export const PAGE_COLUMN = 'page';

/** `name: detail: selector` */
export const DETAIL = /^detail\s*[:：]\s*/i;

/**
 * One column a line: `name: selector`, `name: selector@attribute`, `name: @attribute`, or `name:` for the text of the
 * `name*:` takes all that the selector finds, and not the first alone; ` | number` and its like say what
 * becomes of the text; `name: = text` is the same in every row; `name: detail: selector` looks in the page that the row leads to. In JSON a path stands for a selector. Blank lines are
 * passed over. The full-width colon of Japanese keyboards is a colon, too.
 */
export function parseColumns(text: string): ParsedColumns {
  const columns: Column[] = [];
  const problems: Problem[] = [];
  const names = new Set([PAGE_COLUMN]);
  for (const [index, whole] of text.split(/\r\n|\n|\r/).entries()) {
    const content = whole.trim();
    if (content === '') continue;
    const line = index + 1;
    const fail = (code: string, says: string, params: Problem['params'] = {}) =>
      problems.push({ code, message: `Line ${line}: ${says}`, line, params });
    const colon = content.search(/[:：]/);
    if (colon < 0) {
      fail('column-without-colon', `write "name: selector", with a colon after the name: "${content}".`, { content });
      continue;
    }
    const named = content.slice(0, colon).trim();
    const isAll = /[*＊]$/.test(named);
    const name = isAll ? named.slice(0, -1).trim() : named;
    const written = content.slice(colon + 1).trim();
    const isOfDetail = DETAIL.test(written);
    const { source, constant, ...ending } = splitEndings(written.replace(DETAIL, ''), isAll);
    const { selector, attribute } = splitAttribute(source);
    const problem = selector === '' ? null : unreadable(selector);
    if (name === '') fail('column-without-name', 'the column has no name.');
    else if (/^\d+$/.test(name))
      fail('column-name-number', `give the column "${name}" a name that is no number.`, { name });
    else if (columns.length === MAX_COLUMNS)
      fail('columns-too-many', `there are more than ${MAX_COLUMNS} columns.`, { max: MAX_COLUMNS });
    else if (name === PAGE_COLUMN)
      fail('column-name-taken', `the name "${name}" is taken by the page's address.`, { name });
    else if (names.has(name)) fail('column-name-twice', `there are two columns named "${name}".`, { name });
    else if (attribute !== null && !/^[^\s"'<>/=@]+$/.test(attribute)) {
      fail('column-bad-attribute', `"${attribute}" is no name of an attribute.`, { attribute });
    } else if (problem !== null) {
      fail('column-bad-selector', `"${selector}" is no CSS selector: ${problem.problem}`, { selector, ...problem });
    } else if ('problem' in ending) {
      const { problem: code, ...params } = ending;
      fail(code, endingProblem(ending), { known: ENDING_WORDS, ...params });
    } else columns.push({ name, isOfDetail, selector, attribute: attributeOf(attribute), constant, ...ending.endings });
    names.add(name);
    // The rest of a text that is no list of columns is not worth a message each.
    if (problems.length === MAX_PROBLEMS) break;
  }
  return { columns, problems };
}

type Split = ParsedEndings & { readonly source: string; readonly constant: string | null };

/** Parts what is taken from the page from what becomes of it. */
function splitEndings(text: string, isAll: boolean): Split {
  const none = { take: isAll ? 'all' : 'list', separator: SEPARATOR, cleanings: [] } as const;
  if (text.startsWith('=')) return { source: '', constant: text.slice(1).trim(), endings: none };
  const at = endingsStart(text);
  const source = text.slice(0, at).trim();
  if (at === text.length) return { source, constant: null, endings: none };
  return { source, constant: null, ...parseEndings(text.slice(at + 1), none.take) };
}

function endingProblem(ending: Exclude<ParsedEndings, { endings: Endings }>): string {
  if (ending.problem === 'column-bad-pattern') return `"${ending.ending}" is no pattern: ${ending.reason}.`;
  return `"${ending.ending}" is none of: ${ENDING_WORDS.join(', ')}.`;
}

const KEYWORDS = new Set(['text', 'text-own', 'text-after', 'html']);

function attributeOf(written: string | null): string {
  const lower = written?.toLowerCase() ?? 'text';
  return written === null || KEYWORDS.has(lower) ? lower : written;
}

/** What is no selector may still be a path of JSON. */
function unreadable(selector: string): SelectorProblem | null {
  return isJsonPath(selector) ? null : selectorProblem(selector, { relative: true });
}

/** Splits where the selector ends, of which an `@` may be a part: inside brackets or quotes, or after a backslash. */
function splitAttribute(text: string): { selector: string; attribute: string | null } {
  const end = text.startsWith('@') ? 0 : (selectorEnd(text) ?? pathEnd(text));
  if (text.charAt(end) !== '@') return { selector: text, attribute: null };
  return { selector: text.slice(0, end).trim(), attribute: text.slice(end + 1).trim() };
}

function pathEnd(text: string): number {
  const at = text.lastIndexOf('@');
  return isJsonPath(text.slice(0, at).trim()) ? at : text.length;
}
