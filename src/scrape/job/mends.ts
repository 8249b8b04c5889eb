import { type Mend, type StepContext, StepError } from '../../index.js';
import { knownEncoding } from '../encoding/decode.js';
import { firstAddress } from '../read/addresses.js';
import { parseColumns } from '../read/columns.js';
import type { PageRow } from '../read/document.js';
import { hostsMeant } from '../slips/hosts.js';
import type { MendOptions, RecipeField, RecipeMend, TypedRecipe } from '../slips/mend-recipe.js';
import type { ScrapeDeps } from './deps.js';
import { FirstPage } from './first-page.js';
import { LONGEST_COLUMNS } from './input.js';

/** So many characters of the start pages. */
const LOOKED_AT = 4096;

const FIELDS: readonly RecipeField[] = ['row', 'columns', 'detail', 'next', 'follow'];

type OtherMend = 'leave-out' | 'other-host' | 'front-page' | 'plain-http';

/** In English; `locales/` has them under `mends`. */
export const MEND_MESSAGES: Readonly<Record<RecipeMend['code'] | OtherMend, string>> = {
  quotes: 'Quotation marks are no part of a selector.',
  call: 'The selector alone is enough.',
  rule: 'What stands in braces is no part of a selector.',
  'full-width': 'There are full-width characters in it.',
  html: 'This is the element itself; a selector says how to find it.',
  xpath: 'This is XPath; in CSS it is written so.',
  'pseudo-element': 'A column takes the text anyway, and an attribute behind @.',
  'attribute-in-brackets': 'In CSS, attributes in brackets have no @.',
  'attribute-here': 'Attributes are for columns.',
  'left-over': 'Something is left over at its beginning or end.',
  unescaped: 'Some of its characters need a backslash.',
  'class-dot': 'The name of a class has a dot before it.',
  id: 'The name of an id has a # before it.',
  'outside-row': 'A column looks inside the row, so its selector begins there.',
  numbered: 'It finds a single element because of a number in it.',
  colon: 'A column begins with its name and a colon.',
  'leave-out': 'Nothing is found for the column: it can be left out.',
  'other-host': 'Perhaps the name is another one.',
  'front-page': 'The page may have moved; the front page of its site leads to it.',
  'plain-http': 'The host may speak plain http only.',
};

/** Offers what was probably meant in the fields of a form that was refused, counted on its first page if that can be had. */
export async function mendScrape(
  deps: ScrapeDeps,
  typed: Readonly<Record<string, string>>,
  context: StepContext,
): Promise<readonly Mend[]> {
  // What is longer than its field allows is no slip.
  const recipe = recipeIn(
    Object.fromEntries(Object.entries(typed).filter(([, text]) => text.length <= LONGEST_COLUMNS)),
  );
  // Where links are opened, the first page has no rows to look in.
  const onFirstPage = recipe.follow.trim() === '' || Number(typed['depth']) === 0;
  const counted = onFirstPage ? FIELDS : (['next', 'follow'] as const);
  const elsewhere = FIELDS.filter((field) => !counted.some((each) => each === field));
  const encoding = typed['encoding'] ?? '';
  const found = await onPage(deps, typed, context, recipe, {
    encoding: knownEncoding(encoding) ? encoding : '',
    fields: counted,
    isDetail: false,
  });
  return [...found, ...(await unseen(deps, recipe, elsewhere, context))].map(offered);
}

async function onPage(
  deps: ScrapeDeps,
  typed: Readonly<Record<string, string>>,
  context: StepContext,
  recipe: TypedRecipe,
  options: MendOptions,
): Promise<readonly RecipeMend[]> {
  const start = firstAddress((typed['urls'] ?? '').slice(0, LOOKED_AT));
  if (start === null) return unseen(deps, recipe, options.fields, context);
  const page = new FirstPage(deps, { typed, language: '' }, context, { address: start, urls: start, isGuess: false });
  try {
    const { mends } = await page.load(start, async (answer, task) => {
      return { url: answer.url, mends: await deps.pool.run('mendRecipe', [answer, recipe, options], task) };
    });
    return mends;
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    return unseen(deps, recipe, options.fields, context);
  }
}

/** Without a page to count on. */
function unseen(
  { pool }: ScrapeDeps,
  recipe: TypedRecipe,
  fields: readonly RecipeField[],
  { owner, signal }: StepContext,
): Promise<readonly RecipeMend[]> {
  const task = { owner, bytes: new Uint8Array(), signal };
  return pool.run('mendRecipe', [null, recipe, { encoding: '', fields, isDetail: false }], task);
}

export function recipeIn(typed: Partial<TypedRecipe>): TypedRecipe {
  const { row = '', columns = '', detail = '', next = '', follow = '' } = typed;
  return { row, columns, detail, next, follow };
}

export function offered({ field, line, value, text, code, without, count, before, of }: RecipeMend): Mend {
  return {
    field,
    line,
    value,
    code,
    message: MEND_MESSAGES[code],
    params: { text, without: without.join(' '), before: before ?? '' },
    count,
    of,
  };
}

/** Leaves columns out that are empty in all rows, as long as others are not. */
export function emptyColumnMends(rows: readonly PageRow[], columns: string): Mend[] {
  const lines = columns.split(/\r\n|\n|\r/);
  const named = lines.flatMap((content, index) => {
    const [column] = parseColumns(content).columns;
    return column === undefined ? [] : [{ ...column, line: index + 1 }];
  });
  const empty = named.filter(({ name }) => rows.every((row) => row[name] === ''));
  if (empty.length === named.length) return [];
  return empty.map(({ name, line }) => mendOf('leave-out', 'columns', line, '', { text: name }));
}

/** What the address of a page that cannot be had was probably meant to be. */
export function addressMends(code: string, status: number, url: URL, field: string, typed: string): Mend[] {
  const change = (kind: OtherMend, from: string, to: string): Mend[] => {
    const lines = typed.length <= LOOKED_AT ? typed.split(/\r\n|\n|\r/) : [];
    const index = lines.findIndex((line) => line.includes(from));
    const line = lines[index];
    if (line === undefined) return [];
    const value = kind === 'front-page' ? to : line.replace(from, to);
    return [mendOf(kind, field, lines.length === 1 ? null : index + 1, value, { text: to })];
  };
  if (code === 'host-not-found')
    return hostsMeant(url.hostname).flatMap((host) => change('other-host', url.hostname, host));
  const isMissing = code === 'http-status' && (status === 404 || status === 410);
  if (isMissing && url.pathname !== '/') return change('front-page', url.pathname, `${url.origin}/`);
  const isNoHttps = url.protocol === 'https:' && (code === 'bad-certificate' || code === 'connection-refused');
  return isNoHttps ? change('plain-http', 'https:', 'http:') : [];
}

function mendOf(code: OtherMend, field: string, line: number | null, value: string, params: Mend['params']): Mend {
  return { field, line, value, code, message: MEND_MESSAGES[code], params, count: null, of: null };
}
