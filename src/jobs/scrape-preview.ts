import { type Failure, StepError } from '../core/errors.js';
import type { StepContext } from '../core/job.js';
import type { Finding, Preview } from '../core/preview.js';
import { webAddress } from '../scraping/address.js';
import { Polite } from '../scraping/polite.js';
import { MOST_SITEMAP_BYTES, readSitemap } from '../scraping/sitemap.js';
import { Trail } from '../scraping/trail.js';
import { type Visit, visit } from '../scraping/visit.js';
import { type ScrapeInput, startAddresses } from './scrape-input.js';
import { opened, recipeOf, type ScrapeDeps } from './scrape-steps.js';

const SHOWN_ROWS = 5;
/** More start pages than these are not told apart by host. */
const MOST_COUNTED = 10_000;

/**
 * Reads the first page, and where links are to be opened the first of them, too, as a run would; says what each
 * selector finds there, and what the run may take.
 */
export async function previewScrape(
  deps: ScrapeDeps,
  input: ScrapeInput,
  context: StepContext<ScrapeInput>,
): Promise<Preview> {
  const manners = new Polite(context, input.delay, deps.permission);
  const { signal } = context;
  const read = (address: string) => visitToTheEnd(deps, address, { signal, manners, encoding: input.encoding });
  const findings: Finding[] = [];
  const start = await firstAddress(deps, input, { signal, manners }, findings);
  const page = await read(start);
  const recipe = recipeOf(input);
  findings.push(finding('first-page', `First page: ${page.url}`, { url: page.url }), encodingFinding(page));
  if (recipe.next !== '') findings.push(nextFinding(page, recipe.next));
  let table: Visit | null = page;
  if (recipe.follow !== '' && input.depth > 0) {
    const links = opened(page.document.links(recipe.follow), page.url, input);
    findings.push(
      finding('links', `Links to open on it: ${links.length}`, { count: links.length }, links.length === 0),
    );
    // Rows come from the pages that are opened, so these are what the selectors are tried on.
    table = links[0] === undefined ? null : await orFinding(read(links[0]), findings);
    if (table) findings.push(finding('opened-page', `First of them: ${table.url}`, { url: table.url }));
  }
  const rows = table ? table.document.read(recipe).rows : [];
  if (table) findings.push(...selectorFindings(table, recipe));
  findings.push(estimate(input, manners));
  return { findings, rows: rows.slice(0, SHOWN_ROWS) };
}

/** Where the run begins; for a sitemap, what it lists first. */
async function firstAddress(
  deps: ScrapeDeps,
  input: ScrapeInput,
  options: { readonly signal: AbortSignal; readonly manners: Polite },
  findings: Finding[],
): Promise<string> {
  for (const address of startAddresses(input)) return address;
  const maxBytes = MOST_SITEMAP_BYTES;
  for (let address = webAddress(input.sitemap.trim())?.href; address !== undefined; ) {
    const { isIndex, addresses } = await readSitemap(
      await deps.fetcher.fetch(address, { ...options, accept: 'anything', maxBytes }),
    );
    const params = { url: address, count: addresses.length };
    if (isIndex) findings.push(finding('index', `Sitemaps in ${address}: ${params.count}`, params));
    else findings.push(finding('sitemap', `Pages in ${address}: ${params.count}`, params, params.count === 0));
    const [first] = addresses;
    if (!isIndex && first !== undefined) return first;
    address = isIndex ? first : undefined;
  }
  throw new StepError('sitemap-empty', 'the sitemap lists no page', { retry: false });
}

/** A run makes a step of each redirect; here they are followed at once. */
async function visitToTheEnd(deps: ScrapeDeps, start: string, options: Parameters<typeof visit>[2]): Promise<Visit> {
  const trail = new Trail();
  for (let address = start; ; ) {
    const result = await visit(deps.fetcher, address, options);
    if (!(result instanceof URL)) return result;
    trail.add(address, result.href);
    address = result.href;
  }
}

/** What was found so far is still worth showing when the second page fails. */
async function orFinding(page: Promise<Visit>, findings: Finding[]): Promise<Visit | null> {
  try {
    return await page;
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    findings.push({ ...error.failure, isWarning: true });
    return null;
  }
}

function selectorFindings({ document }: Visit, { row, columns }: ReturnType<typeof recipeOf>): Finding[] {
  const rows = row === '' ? 1 : document.count(row);
  const found =
    row === ''
      ? finding('page-is-row', 'The page itself is one row.', {})
      : finding('rows', `Rows: ${rows} (${row})`, { count: rows, selector: row }, rows === 0);
  const cells = columns.map((column) => {
    const count = document.countCells(row, column);
    const params = { name: column.name, count, rows };
    return finding('column', `Column ${column.name}: in ${count} of ${rows} rows`, params, count === 0);
  });
  return [found, ...cells];
}

function encodingFinding({ encoding, why }: Visit): Finding {
  return finding(`encoding-${why}`, `Encoding: ${encoding} (${why})`, { encoding });
}

function nextFinding({ document }: Visit, selector: string): Finding {
  const [url] = document.links(selector);
  if (url === undefined) return finding('no-next', `No link to a next page (${selector})`, { selector }, true);
  return finding('next', `Next page: ${url}`, { url });
}

/** Pages times delay, of the host with the most pages: others are asked meanwhile. */
function estimate(input: ScrapeInput, { raisedDelaySeconds }: Polite): Finding {
  const delay = raisedDelaySeconds ?? input.delay;
  const { pages, most } = startPages(input);
  const isOpen =
    input.next.trim() !== '' || input.sitemap.trim() !== '' || (input.follow.trim() !== '' && input.depth > 0);
  const params = { count: isOpen ? input.limit : pages, delay, timeMs: (isOpen ? input.limit : most) * delay * 1000 };
  if (isOpen) {
    return finding('estimate-most', `At most ${params.count} pages, ${delay} s apart`, params);
  }
  return finding('estimate', `${params.count} pages, ${delay} s apart on each host`, params);
}

/** How many pages are known from the start, and how many of them are on one host. */
function startPages(input: ScrapeInput): { pages: number; most: number } {
  const hosts = new Map<string, number>();
  let pages = 0;
  for (const address of startAddresses(input)) {
    if (pages >= input.limit) break;
    pages += 1;
    const host = pages > MOST_COUNTED ? '' : new URL(address).host;
    hosts.set(host, (hosts.get(host) ?? 0) + 1);
    // Who asks for as many as this needs no exact figure.
    if (pages >= 10 * MOST_COUNTED) return { pages: input.limit, most: input.limit };
  }
  return { pages, most: Math.max(0, ...hosts.values()) };
}

function finding(code: string, message: string, params: Failure['params'], isWarning = false): Finding {
  return { code, message, params, isWarning };
}
