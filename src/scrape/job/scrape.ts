import { defineJob } from '../../index.js';
import { CookieJars } from '../fetch/cookies.js';
import { KeyedSlots } from '../fetch/keyed-slots.js';
import { WorkerPool } from '../pool/worker-pool.js';
import { webAddress } from '../read/address.js';
import type { ScrapeDeps } from './deps.js';
import { leastStepMs } from './estimate.js';
import { withSecretsApart } from './identity.js';
import { type ScrapeInput, scrapeInput } from './input.js';
import { pageItem, type ScrapeItem } from './items.js';
import { watchedBy } from './only-new.js';
import { leftOutLines, plannedAddresses, type StartPages, StartPagesReader, startProblems } from './start-pages.js';
import { warnings } from './warnings.js';

export type { ScrapeDeps } from './deps.js';

/** Steps wait for their turns in line, but between a host's robots.txt and its first page one holds its place. */
const HOSTS_AT_ONCE = 24;
/** Of a host that needs no rest: while one page is read, and one waits for that, the next one is on its way. */
const ABREAST = 3;
/** So many start pages past the limit are still counted, to say that they were left out. */
const COUNTED_PAST_LIMIT = 10_000;
const NAMED_LINES = 10;

export interface ScrapeOptions extends Omit<ScrapeDeps, 'cookieJars' | 'hostSlots' | 'pool' | 'startPages'> {
  /** Default: one of its own. */
  readonly pool?: WorkerPool;
}

/** Fetches pages and what their links lead to, one page a step, and makes rows of them. */
export function createScrapeJob({ pool = new WorkerPool(), ...given }: ScrapeOptions) {
  const startPages = new StartPagesReader(pool);
  const deps = { ...given, pool, startPages, cookieJars: new CookieJars(), hostSlots: new KeyedSlots(1) };
  return defineJob({
    name: 'scrape',
    version: 3,
    title: 'Make a table of web pages',
    description: 'Reads web pages one by one, politely, and makes a table of what is on them.',
    input: scrapeInput(deps.minDelayMs / 1000, deps.maxPages),
    keepInput: withSecretsApart,
    onFailure: 'continue',
    concurrency: HOSTS_AT_ONCE,
    // The fetcher has a deadline of its own; what else takes time is waiting politely after robots.txt.
    stepTimeoutMs: 12 * 60 * 60_000,
    check: (input, context) => startProblems(startPages, input, context),
    repeatablePlan: true,
    plan: async (input, context) => plan(input, await startPages.of(input, context)),
    // Addresses are in normal form, which has no spaces.
    key: ({ kind, url }: ScrapeItem) =>
      isOwn(kind) || kind === 'detail' ? null : kind === 'sitemap' ? `sitemap ${url}` : url,
    // The pages of rows wait in the line of their list, wherever they are: rows come in its order.
    lane: (item) => (isOwn(item.kind) ? '' : new URL(item.kind === 'detail' ? item.list : item.url).host),
    // The pages of rows and the lists that they are of come one after the other, and so do pages that may show that a login was lost.
    abreast: ({ kind }, { delay, detail, login }) =>
      kind === 'page' && delay === 0 && !detail?.trim() && !login?.trim() ? ABREAST : 1,
    turnKey: ({ kind, url }) => (isOwn(kind) || url === '' ? null : new URL(url).host),
    keepsPlace: ({ kind }) => kind === 'detail',
    rowsOfFailed: (item) => (item.kind === 'detail' ? [item.row] : []),
    limit: ({ limit }) => limit,
    // The limit is one of pages: neither of sitemaps nor of the addresses that a page was moved from.
    counts: (item) => (item.kind === 'page' ? item.via === undefined : item.kind === 'detail' && item.url !== ''),
    entries: async (file, context) => {
      // Its form says what is wrong with one that cannot be read.
      const list = await startPages.listIn(file, '', context).catch(() => null);
      return list === null || 'problem' in list ? null : list.count;
    },
    leastStepMs,
    findsItems: ({ sitemap, next, detail, follow, depth }) =>
      [sitemap, next, detail].some((text) => text.trim() !== '') || (follow.trim() !== '' && depth > 0),
    describe: ({ kind, url }) => (kind === 'left-out' ? 'lines left out' : url === '' ? 'a row without a page' : url),
    summary: nameOf,
    warnings,
    load: () => ({ ...pool.load }),
    async close() {
      pool.close();
      await deps.fetcher.close();
    },
    preview: async (input, context) => (await import('./preview.js')).previewScrape(deps, input, context),
    propose: async (request, context) => (await import('./propose.js')).proposeScrape(deps, request, context),
    pointing: {
      fields: ['columns', 'next', 'follow'],
      open: async (request, context) => (await import('./point.js')).openForPointing(deps, request, context),
    },
    watch: watchedBy,
    asWatch: { keep: 'new' },
    mend: async (typed, context) => (await import('./mends.js')).mendScrape(deps, typed, context),
    async step(item, context) {
      // Loaded with the first step, like what previews and proposals need: a server may never scrape.
      const { readDetailItem, readPageItem, readSitemapItem, recipeOf, sayLeftOut } = await import('./steps.js');
      switch (item.kind) {
        case 'page':
          return readPageItem(deps, item, context);
        case 'detail':
          return readDetailItem(deps, item, recipeOf(context.input).columns, context);
        case 'sitemap':
          return readSitemapItem(deps, item, context);
        case 'list':
          return { items: item.pages.map(pageItem), note: `${item.pages.length} pages` };
        case 'left-out':
          return sayLeftOut(item, context);
      }
    },
  });
}

/** By its first address, which tells it best from others, and how many lines stand below that. */
function nameOf({ urls, sitemap }: ScrapeInput): string {
  // A text can have a million lines.
  const lines = urls.match(/\S[^\n]*/g) ?? [sitemap];
  const address = (lines[0] ?? '').trim().replace(/^https?:\/\/(www\.)?/, '');
  return lines.length === 1 ? address : `${address} (+${lines.length - 1})`;
}

function* plan(input: ScrapeInput, starts: StartPages): Generator<ScrapeItem> {
  const map = webAddress(input.sitemap.trim());
  if (map) yield { kind: 'sitemap', url: map.href };
  const seen = new Set<string>();
  let duplicateCount = 0;
  for (const url of plannedAddresses(starts, input.limit)) {
    if (seen.has(url)) {
      duplicateCount += 1;
      continue;
    }
    seen.add(url);
    yield pageItem(url);
    if (seen.size >= input.limit + COUNTED_PAST_LIMIT) break;
  }
  const { leftOut, leftOutCount: lineCount } = leftOutLines(starts);
  if (lineCount === 0 && duplicateCount === 0) return;
  const lines = leftOut.slice(0, NAMED_LINES).map(({ line, content }) => `${line}: ${content}`);
  yield { kind: 'left-out', url: '', lines, lineCount, duplicateCount };
}

/** Steps that ask no host. */
function isOwn(kind: ScrapeItem['kind']): boolean {
  return kind === 'list' || kind === 'left-out';
}
