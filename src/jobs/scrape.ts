import { defineJob, type StepContext } from '../core/job.js';
import type { Outcome } from '../core/step.js';
import { webAddress } from '../scraping/address.js';
import { parseAddresses } from '../scraping/addresses.js';
import { parseColumns } from '../scraping/columns.js';
import type { Recipe } from '../scraping/document.js';
import type { Fetcher } from '../scraping/fetch.js';
import type { Permission } from '../scraping/permission.js';
import { Polite } from '../scraping/polite.js';
import { visit } from '../scraping/visit.js';
import { type ScrapeInput, scrapeInput } from './scrape-input.js';

export interface ScrapeDeps {
  readonly fetcher: Fetcher;
  /** What robots.txt files say. */
  readonly permission: Permission;
  /** The shortest delay that a visitor may ask for. */
  readonly minDelayMs: number;
}

/** A page to fetch. `depth`: how many links to open led to it; left out on start pages and their next pages. */
type PageItem = { readonly url: string; readonly depth?: number };
type Item = PageItem;

const HOSTS_AT_ONCE = 8;
/** So many start pages past the limit are still counted, to say that they were left out. */
const COUNTED_PAST_LIMIT = 10_000;

/** Fetches pages and what their links lead to, one page a step, and makes rows of them. */
export function createScrapeJob(deps: ScrapeDeps) {
  return defineJob({
    name: 'scrape',
    version: 2,
    title: 'Scrape',
    description: 'Reads web pages one by one, politely, and makes a table of what is on them.',
    input: scrapeInput(deps.minDelayMs / 1000),
    onFailure: 'continue',
    concurrency: HOSTS_AT_ONCE,
    // The fetcher has a deadline of its own; what else takes time is waiting politely before a redirect.
    stepTimeoutMs: 12 * 60 * 60_000,
    plan,
    // Already in normal form.
    key: ({ url }: Item) => url,
    lane: ({ url }) => new URL(url).host,
    limit: ({ limit }) => limit,
    describe: ({ url }) => url,
    step: (item, context) => readPage(deps, item, context),
  });
}

function* plan({ urls, limit }: ScrapeInput): Generator<Item> {
  const planned = new Set<string>();
  for (const line of parseAddresses(urls).lines) {
    for (const url of line.expand()) {
      if (planned.has(url)) continue;
      planned.add(url);
      yield { url };
      if (planned.size >= limit + COUNTED_PAST_LIMIT) return;
    }
  }
}

async function readPage(deps: ScrapeDeps, item: PageItem, context: StepContext<ScrapeInput>): Promise<Outcome> {
  const { input, signal } = context;
  const { depth = 0 } = item;
  const manners = new Polite(context, input.delay, deps.permission);
  const page = await visit(deps.fetcher, item.url, { signal, manners, encoding: input.encoding });
  const url = page.addresses.at(-1) ?? item.url;
  const recipe = recipeOf(input);
  const { rows, next, follow } = page.document.read(recipe);
  const isList = recipe.follow !== '' && depth === 0 && input.depth > 0;
  const given = isList ? [] : rows;
  context.count('item_scraped_count', given.length);
  const items: Item[] = [];
  if (next !== null) items.push(depth === 0 ? { url: next } : { url: next, depth });
  if (depth < input.depth) {
    for (const link of follow)
      if (!input.sameSite || isSameSite(link, url)) items.push({ url: link, depth: depth + 1 });
  }
  return { rows: given, items, note: noteOf(page, manners) };
}

/** What to read, as the form says it. */
export function recipeOf(input: ScrapeInput): Recipe & { readonly follow: string } {
  const { columns } = parseColumns(input.columns);
  return { row: input.row.trim(), columns, next: input.next.trim(), follow: input.follow.trim() };
}

function noteOf({ encoding, why }: { encoding: string; why: string }, { raisedDelaySeconds }: Polite): string {
  const raised = raisedDelaySeconds === null ? '' : `; crawl-delay ${raisedDelaySeconds} s`;
  return `${encoding} (${why})${raised}`;
}

/** The host name counts, with or without `www.`; the port does not. */
export function isSameSite(a: string, b: string): boolean {
  const site = (address: string) => webAddress(address)?.hostname.replace(/^www\./, '');
  return site(a) === site(b);
}
