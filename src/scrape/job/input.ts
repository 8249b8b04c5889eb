import { z } from 'zod';
import { isUpload, type Upload } from '../../index.js';
import { knownEncoding } from '../encoding/decode.js';
import { parseColumns } from '../read/columns.js';
import { embeddedPath } from '../read/embedded-json.js';
import { isJsonPath } from '../read/json-path.js';
import { LONGEST_SELECTOR, selectorProblem } from '../read/selector.js';
import { addressField } from './address-field.js';
import { CHANGE_COLUMN, namesIn } from './column-names.js';
import { identityFields } from './identity-fields.js';

const LONGEST_DELAY_SECONDS = 3600;
/** In characters. More start pages stand in a file. */
const LONGEST_LIST = 500_000;
export const LONGEST_COLUMNS = 50_000;
const LONGEST_NAME = 200;

/** A shop made for trying scrapers on. */
const EXAMPLE = {
  urls: 'https://books.toscrape.com/',
  row: 'article.product_pod',
  columns: 'title: h3 a@title\nprice: .price_color\nlink: h3 a@href',
  next: 'li.next a',
  limit: 3,
};

export type ScrapeInput = z.output<ReturnType<typeof scrapeInput>>;

/** The texts stay as the visitor typed them, so that the form can be shown again; steps parse them anew. */
export function scrapeInput(minDelaySeconds: number, maxPages = 1_000_000) {
  return z
    .object({
      urls: z
        .string()
        .default('')
        .superRefine((value, context) => {
          if (value.length <= LONGEST_LIST) return;
          const message = `At most ${LONGEST_LIST} characters: put the addresses into a file.`;
          context.addIssue({ code: 'custom', message, params: { code: 'urls-too-long', max: LONGEST_LIST } });
        })
        .meta({
          title: 'Start pages',
          description: 'One address a line. A range such as [1-50] or [001-100:5] stands for each of its numbers.',
          widget: 'textarea',
          placeholder: 'https://shop.example/list',
          examples: [EXAMPLE.urls],
        }),
      urlsFile: z.custom<Upload>(isUpload).optional().meta({
        title: 'File of start pages',
        description:
          'A text file with one address a line, or a table with a column of them: CSV, .xlsx or .ods; 5 MB, 100,000 addresses.',
        widget: 'file',
        accept: '.csv,.tsv,.txt,.xlsx,.ods,text/*',
        group: 'start',
      }),
      urlsColumn: z.string().max(LONGEST_NAME).default('').meta({
        title: 'Column of the file',
        description: 'The heading, letter or number of the column with the addresses, when the file has several.',
        group: 'start',
      }),
      leaveOut: z.boolean().default(false).meta({
        title: 'Leave out lines without an address',
        description: 'Goes on with the others, and says how many were left out.',
        group: 'start',
      }),
      sitemap: addressField().meta({
        title: 'Sitemap',
        group: 'start',
        description: 'Address of a sitemap whose pages are read, too. Leave it empty when there is none.',
        placeholder: 'https://shop.example/sitemap.xml',
      }),
      row: selector({
        title: 'Row',
        group: 'take',
        description: 'CSS selector of the element that repeats. Leave it empty when each page is one row.',
        placeholder: 'li.product',
        examples: [EXAMPLE.row],
      }),
      columns: columns(),
      detail: selector({
        title: 'Page of each row',
        group: 'take',
        description:
          'CSS selector, within the row, of the link to a page of its own. Columns that begin with "detail:", as in "maker: detail: .maker", are read there.',
        placeholder: 'h2 a',
      }),
      keep: z.enum(['all', 'new', 'marked']).default('all').meta({
        title: 'Rows to keep',
        group: 'take',
        description:
          'From a second run on, earlier runs of the same form can be remembered: only rows that none of them had, or all rows, each marked as new, changed or the same. What is gone is listed on a page of its own when the run has ended.',
      }),
      newBy: z.string().max(500).default('').meta({
        title: 'Known by',
        group: 'take',
        description:
          'The columns by which a row is known again, with commas in between. Empty: its link, or all of its columns when it has none.',
        placeholder: 'link',
      }),
      next: selector({
        title: 'Next page',
        group: 'pages',
        description: 'CSS selector of the link to the next page. Leave it empty when there is none.',
        placeholder: 'a[rel=next]',
        examples: [EXAMPLE.next],
      }),
      follow: selector({
        title: 'Links to open',
        group: 'pages',
        description:
          'CSS selector of the links to open on each page. Then only the pages opened so give rows: start pages and their next pages are lists of links.',
        placeholder: 'h2 a',
      }),
      ...limits(minDelaySeconds, maxPages),
      encoding: z
        .string()
        .max(LONGEST_NAME, { abort: true })
        .default('')
        .superRefine((value, context) => {
          if (value.trim() === '' || knownEncoding(value)) return;
          const message = `"${value.trim()}" is no encoding of the web.`;
          context.addIssue({ code: 'custom', message, params: { code: 'bad-encoding', encoding: value.trim() } });
        })
        .meta({
          title: 'Encoding',
          group: 'politeness',
          description: 'Such as shift_jis, when pages come out garbled. Leave it empty to take what each page says.',
        }),
      ...identityFields(),
    })
    .superRefine(detailProblems)
    .superRefine(watchProblems);
}

/** Columns by which rows are known must be there, and none may be called as the mark is. */
function watchProblems(
  input: { readonly columns: string; readonly keep: string; readonly newBy: string },
  context: z.core.$RefinementCtx,
) {
  if (input.keep === 'all') return;
  const names = new Set(parseColumns(input.columns).columns.map(({ name }) => name));
  const unknown = namesIn(input.newBy).find((name) => !names.has(name));
  if (unknown !== undefined) {
    const message = `There is no column named "${unknown}".`;
    context.addIssue({ code: 'custom', path: ['newBy'], message, params: { code: 'no-such-column', name: unknown } });
  }
  if (input.keep !== 'marked' || !names.has(CHANGE_COLUMN)) return;
  const message = `The column "${CHANGE_COLUMN}" is taken by the marks: give yours another name.`;
  context.addIssue({
    code: 'custom',
    path: ['columns'],
    message,
    params: { code: 'change-column-taken', name: CHANGE_COLUMN },
  });
}

/** Columns of the rows' own pages need a way there, and the way needs columns. */
function detailProblems(input: { readonly columns: string; readonly detail: string }, context: z.core.$RefinementCtx) {
  const parsed = parseColumns(input.columns);
  const hasColumns = parsed.columns.some(({ isOfDetail }) => isOfDetail);
  const hasLink = input.detail.trim() !== '';
  if (hasColumns === hasLink || parsed.problems.length > 0) return;
  const problem = hasColumns
    ? { code: 'detail-missing', message: 'Say which link of a row leads to its page.' }
    : { code: 'detail-unused', message: 'No column begins with "detail:".' };
  const { code, message } = problem;
  context.addIssue({ code: 'custom', path: ['detail'], message, params: { code } });
}

function limits(minDelaySeconds: number, maxPages: number) {
  return {
    depth: z.coerce.number().int().min(0).max(10).default(1).meta({
      title: 'Depth',
      group: 'pages',
      description: 'How many links deep to open, when there are links to open: 1 is only those on the start pages.',
    }),
    sameSite: z.boolean().default(true).meta({
      title: 'Same site only',
      group: 'pages',
      description: 'Opens only links to the host name of the page they are on, with or without "www.".',
    }),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(maxPages)
      .default(Math.min(100, maxPages))
      .meta({
        title: 'Pages',
        group: 'pages',
        description: 'At most this many pages are fetched.',
        examples: [EXAMPLE.limit],
      }),
    delay: z.coerce
      .number()
      .min(minDelaySeconds)
      .max(LONGEST_DELAY_SECONDS)
      .default(Math.max(1, minDelaySeconds))
      .meta({ title: 'Delay', group: 'politeness', description: 'Seconds between two requests to the same host.' }),
  };
}

function columns() {
  return z
    .string()
    .min(1, { abort: true })
    .max(LONGEST_COLUMNS, { abort: true })
    .superRefine((value, context) => {
      const parsed = parseColumns(value);
      const none = { code: 'columns-missing', message: 'Name at least one column.', line: 1, params: {} };
      const problems = parsed.columns.length === 0 && parsed.problems.length === 0 ? [none] : parsed.problems;
      for (const { code, message, line, params } of problems)
        context.addIssue({ code: 'custom', message, params: { code, line, ...params } });
    })
    .meta({
      title: 'Columns',
      group: 'take',
      description:
        'One a line: "name: selector", or "name: selector@attribute", as in "link: h2 a@href". Behind it, "| number" or "| date" makes a number or date of the text.',
      widget: 'textarea',
      placeholder: 'name: h2\nprice: .price | number\nlink: h2 a@href',
      examples: [EXAMPLE.columns],
      endings: {
        number: { text: ' | number', title: 'Number' },
        date: { text: ' | date', title: 'Date' },
        first: { text: ' | first', title: 'The first only' },
        all: { text: ' | all', title: 'All of them' },
        trim: { text: ' | trim', title: 'Without extra spaces' },
        absolute: { text: ' | absolute', title: 'Whole address' },
      },
      part: { before: ' | match /', after: '/', escaped: '/' },
      same: { before: '= ', after: '' },
    });
}

interface Meta {
  readonly title: string;
  readonly group: string;
  readonly description: string;
  readonly placeholder?: string;
  readonly examples?: readonly string[];
}

function selector(meta: Meta) {
  return z
    .string()
    .max(LONGEST_SELECTOR, { abort: true })
    .default('')
    .superRefine((value, context) => {
      const trimmed = value.trim();
      const isPath = isJsonPath(trimmed) || embeddedPath(trimmed) !== null;
      const problem = trimmed === '' || isPath ? null : selectorProblem(trimmed);
      if (problem === null) return;
      const message = `"${trimmed}" is no CSS selector: ${problem.problem}`;
      context.addIssue({ code: 'custom', message, params: { code: 'bad-selector', selector: trimmed, ...problem } });
    })
    .meta({ ...meta });
}
