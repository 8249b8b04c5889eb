import { kindOfTexts } from './kinds.js';
import { descendantsOf, groupBy, type Part, textIn } from './page-index.js';

const LEAST_ROWS = 3;
const LONGEST_HEADING = 40;
/** So many rows say what the others are like. */
const COMPARED = 8;

/**
 * The rows without a first one that only says what is in the columns, where it is no `th` that says so: its texts are no
 * numbers or dates where the others' are, or it alone has no links and looks different.
 */
export function withoutHeading(rows: readonly Part[]): readonly Part[] {
  const [first, ...others] = rows;
  if (!first || others.length < LEAST_ROWS || first.children.length < 2) return rows;
  const compared = others.slice(0, COMPARED);
  return isHeadingOnly(first, compared) || isHeading(first, compared) ? others : rows;
}

/** Where the first cell of each row is a `th`, too. */
function isHeadingOnly({ children }: Part, others: readonly Part[]): boolean {
  const has = (row: Part) => row.children.some(({ tag }) => tag === 'td');
  return children.every(({ tag }) => tag === 'th') && others.every(has);
}

/** Of several tables without what most of them have as their first row: the names of the columns. */
export function withoutSameHeadings(rows: readonly Part[]): readonly Part[] {
  const firsts = rows.filter((row, i) => row.parent !== rows[i - 1]?.parent);
  if (firsts.length === rows.length) return rows;
  const texts = firsts.filter(({ children, links, images }) => children.length > 1 && links + images === 0).map(textIn);
  const heading = texts.find((text) => texts.filter((other) => other === text).length > firsts.length / 2);
  return heading === undefined ? rows : rows.filter((row) => !firsts.includes(row) || textIn(row) !== heading);
}

/** Without the names of the columns where they stand again above each part of a table, beside the name of that part. */
export function withoutHeadingsBetween(rows: readonly Part[]): readonly Part[] {
  if (rows[0]?.tag !== 'tr' || rows.length < 2 * LEAST_ROWS) return rows;
  const byNames = groupBy(rows, namesIn);
  const [, headings = []] = [...byNames].find(([names, { length }]) => names !== '' && length > 1) ?? [];
  const [heading] = headings;
  if (!heading || headings.length > rows.length / 3) return rows;
  const others = rows.filter((row) => !headings.includes(row));
  const compared = others.slice(0, COMPARED);
  const ofNumbers = heading.children.filter((_, i) => i > 0 && isOfKind(compared, i));
  return ofNumbers.length > 1 ? others : rows;
}

/** What its cells after the first say, where each says something else, and none a number; else nothing. */
function namesIn({ children }: Part): string {
  const texts = children.slice(1).map(textIn);
  const areNames = texts.every((text) => text.length <= LONGEST_HEADING && /^\P{N}*\p{L}/u.test(text));
  return areNames && texts.length > 1 && new Set(texts).size === texts.length ? texts.join('\n') : '';
}

function isHeading(first: Part, others: readonly Part[]): boolean {
  const texts = first.children.map(textIn);
  if (texts.every((text) => text === '') || texts.some((text) => text.length > LONGEST_HEADING || /\d/.test(text)))
    return false;
  if (texts.some((text, i) => /\p{L}/u.test(text) && isOfKind(others, i))) return true;
  const looks = lookOf(first);
  const looksDifferent = looks !== '' && first.images === 0 && others.every((row) => lookOf(row) !== looks);
  const linked = others.filter(({ links }) => links > 0).length;
  return looksDifferent && first.links === 0 && linked >= others.length * 0.8;
}

/** Whether the cells in a column are numbers or dates. */
function isOfKind(rows: readonly Part[], column: number): boolean {
  const texts = rows
    .map(({ children }) => (children[column] ? textIn(children[column]) : ''))
    .filter((text) => text !== '');
  return texts.length >= LEAST_ROWS && kindOfTexts(texts) !== 'text';
}

/** The classes, colours and bold type of the cells. */
function lookOf(row: Part): string {
  const looks = row.children.map((cell) => {
    const isBold = [...descendantsOf(cell)].some(({ tag }) => tag === 'b' || tag === 'strong');
    return `${cell.classes.join(' ')}${isBold ? ' b' : ''}`;
  });
  const own = `${row.classes.join(' ')} ${row.node.attribs['bgcolor'] ?? ''}`.trim();
  return `${own}|${[...new Set(looks)].join('|')}`.replace(/^\|+$/, '');
}
