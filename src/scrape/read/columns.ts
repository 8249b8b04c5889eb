import type { Problem } from './problem.js';
import { selectorProblem } from './selector.js';

/** One column of the table, and where its cells are found in a row. */
export interface Column {
  readonly name: string;
  /** Empty: the row itself. */
  readonly selector: string;
  /** An attribute's name, or `text` or `html`. */
  readonly attribute: string;
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

/**
 * One column a line: `name: selector`, `name: selector@attribute`, `name: @attribute`, or `name:` for the text of the
 * row itself. Blank lines are passed over. The full-width colon of Japanese keyboards is a colon, too.
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
    const name = content.slice(0, colon).trim();
    const { selector, attribute } = splitAttribute(content.slice(colon + 1).trim());
    const problem = selector === '' ? null : selectorProblem(selector);
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
    } else columns.push({ name, selector, attribute: attributeOf(attribute) });
    names.add(name);
    // The rest of a text that is no list of columns is not worth a message each.
    if (problems.length === MAX_PROBLEMS) break;
  }
  return { columns, problems };
}

function attributeOf(written: string | null): string {
  const lower = written?.toLowerCase() ?? 'text';
  return written === null || lower === 'text' || lower === 'html' ? lower : written;
}

/** Splits at the first `@` that is not part of the selector: inside brackets, quotes, or after a backslash. */
function splitAttribute(text: string): { selector: string; attribute: string | null } {
  let depth = 0;
  let quote = '';
  for (let i = 0; i < text.length; i += 1) {
    const character = text.charAt(i);
    if (character === '\\') i += 1;
    else if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '[' || character === '(') depth += 1;
    else if (character === ']' || character === ')') depth -= 1;
    else if (character === '@' && depth === 0) {
      return { selector: text.slice(0, i).trim(), attribute: text.slice(i + 1).trim() };
    }
  }
  return { selector: text, attribute: null };
}
