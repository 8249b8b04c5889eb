import { z } from 'zod';
import { defineJob } from '../core/job.js';
import { webAddress } from '../scraping/address.js';
import { type Problem, parseColumns } from '../scraping/columns.js';
import { decode } from '../scraping/decode.js';
import { readDocument } from '../scraping/document.js';
import type { Fetcher } from '../scraping/fetch.js';
import { selectorProblem } from '../scraping/selector.js';

export interface ScrapeDeps {
  readonly fetcher: Fetcher;
  /** The shortest delay that a visitor may ask for. */
  readonly minDelayMs: number;
}

/** A page to fetch. */
type Item = { readonly url: string };

const LONGEST_DELAY_SECONDS = 3600;
const HOSTS_AT_ONCE = 8;

/** Fetches a list of pages and what their next links lead to, one page a step, and makes rows of them. */
export function createScrapeJob({ fetcher, minDelayMs }: ScrapeDeps) {
  return defineJob({
    name: 'scrape',
    title: 'Scrape',
    description: 'Reads web pages one by one, politely, and makes a table of what is on them.',
    input: inputSchema(minDelayMs / 1000),
    onFailure: 'continue',
    concurrency: HOSTS_AT_ONCE,
    // The fetcher has a deadline of its own; what else takes time is waiting politely before a redirect.
    stepTimeoutMs: 12 * 60 * 60_000,
    plan: ({ urls }): Item[] => parseUrls(urls).urls.map((url) => ({ url })),
    // Already in normal form.
    key: ({ url }) => url,
    lane: ({ url }) => new URL(url).host,
    limit: ({ limit }) => limit,
    describe: ({ url }) => url,
    async step({ url }, { input, signal, turn }) {
      const page = await fetcher.fetch(url, { signal, turn: (host) => turn(host, input.delay * 1000) });
      const { text, encoding, why } = decode(page.bytes, { charset: page.charset });
      const { columns } = parseColumns(input.columns);
      const { rows, next } = readDocument(
        { text, kind: page.kind, url: page.url },
        { row: input.row.trim(), columns, next: input.next.trim() },
      );
      return { rows, items: next === null ? [] : [{ url: next }], note: `${encoding} (${why})` };
    },
  });
}

/** The texts stay as the visitor typed them, so that the form can be shown again; steps parse them anew. */
function inputSchema(minDelaySeconds: number) {
  return z.object({
    urls: text({
      title: 'Start pages',
      description: 'One address a line, beginning with http:// or https://.',
      widget: 'textarea',
    })
      .min(1)
      .superRefine((value, context) => report(context, parseUrls(value).problems)),
    row: selector({
      title: 'Row',
      description: 'CSS selector of the element that repeats. Leave it empty when each page is one row.',
    }),
    columns: text({
      title: 'Columns',
      description: 'One a line: "name: selector", or "name: selector@attribute", as in "link: h2 a@href".',
      widget: 'textarea',
    })
      .min(1)
      .superRefine((value, context) => {
        const { columns, problems } = parseColumns(value);
        const none = { code: 'columns-missing', message: 'Name at least one column.', line: 1, params: {} };
        report(context, columns.length === 0 && problems.length === 0 ? [none] : problems);
      }),
    next: selector({
      title: 'Next page',
      description: 'CSS selector of the link to the next page. Leave it empty when there is none.',
    }),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(100)
      .meta({ title: 'Pages', description: 'At most this many pages are fetched.' }),
    delay: z.coerce
      .number()
      .min(minDelaySeconds)
      .max(LONGEST_DELAY_SECONDS)
      .default(Math.max(1, minDelaySeconds))
      .meta({ title: 'Delay', description: 'Seconds between two requests to the same host.' }),
  });
}

function text(meta: { title: string; description: string; widget?: 'textarea' }) {
  return z.string().meta(meta);
}

function selector(meta: { title: string; description: string }) {
  return z
    .string()
    .default('')
    .superRefine((value, context) => {
      const trimmed = value.trim();
      const problem = trimmed === '' ? null : selectorProblem(trimmed);
      if (problem === null) return;
      const message = `"${trimmed}" is no CSS selector: ${problem}`;
      context.addIssue({ code: 'custom', message, params: { code: 'bad-selector', selector: trimmed, problem } });
    })
    .meta(meta);
}

function report(context: z.core.$RefinementCtx, problems: readonly Problem[]): void {
  for (const { code, message, line, params } of problems) {
    context.addIssue({ code: 'custom', message, params: { code, line, ...params } });
  }
}

function parseUrls(value: string): { urls: readonly string[]; problems: readonly Problem[] } {
  const urls: string[] = [];
  const problems: Problem[] = [];
  for (const [index, whole] of value.split(/\r\n|\n|\r/).entries()) {
    const content = whole.trim();
    if (content === '') continue;
    const url = webAddress(content);
    const line = index + 1;
    if (url) urls.push(url.href);
    else {
      const message = `Line ${line}: not an address beginning with http:// or https://: "${content}".`;
      problems.push({ code: 'url-not-http', message, line, params: { content } });
    }
  }
  if (urls.length === 0 && problems.length === 0) {
    problems.push({ code: 'urls-missing', message: 'Name at least one page.', line: 1, params: {} });
  }
  return { urls, problems };
}
