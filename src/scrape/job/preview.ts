import {
  type Failure,
  type Finding,
  isStepError,
  type Mend,
  type Preview,
  type Row,
  type StepContext,
  StepError,
  type TriedLine,
  type Verdict,
} from '../../index.js';
import type { VisitorIdentity } from '../fetch/identity.js';
import { type LoadedPage, loadPage, loadWith } from '../fetch/load-page.js';
import type { Login } from '../fetch/login.js';
import { PageCache } from '../fetch/page-cache.js';
import { PoliteRequests } from '../fetch/polite-requests.js';
import { PAGE_COLUMN } from '../read/columns.js';
import type { PageRow, Recipe } from '../read/document.js';
import type { RecipeField } from '../slips/mend-recipe.js';
import type { ScrapeDeps } from './deps.js';
import { estimate, type Known } from './estimate.js';
import { finding } from './finding.js';
import { type HopFetcher, identityOf, loadLoggedIn, loginOf } from './identity.js';
import type { ScrapeInput } from './input.js';
import { isSameSite, openedLinks } from './links.js';
import { addressMends, emptyColumnMends, offered, recipeIn } from './mends.js';
import { previewSitemap } from './preview-sitemap.js';
import { ifThereIsTime, secondPageFinding } from './second-page.js';
import { namedAddresses, type StartPages } from './start-pages.js';
import { recipeOf } from './steps.js';
import { throughRedirects } from './through-redirects.js';

const SHOWN_ROWS = 5;
const SHOWN_CELLS = 2;

/**
 * Reads the first page, and where links are to be opened the first of them, too, as a run would; says what each
 * selector finds there, and what the run may take. What a host keeps us waiting for is there when it is tried again.
 */
export async function previewScrape(
  deps: ScrapeDeps,
  input: ScrapeInput,
  context: StepContext<ScrapeInput>,
): Promise<Preview> {
  deps.pool.prepare();
  const politeness = new PoliteRequests(context, input.delay, deps.permission);
  const starts = await deps.startPages.of(input, context);
  const trial = new Trial(deps, input, starts, context, politeness);
  const rows = await trial.orFinding(() => trial.look());
  for (const [host, seconds] of politeness.raisedDelays)
    trial.findings.push(finding('crawl-delay', `robots.txt of ${host} asks for ${seconds} s`, { host, seconds }));
  return {
    findings: [...trial.findings, ...(await estimate(input, starts, trial.known, (host) => politeness.delayMs(host)))],
    rows: rows?.slice(0, SHOWN_ROWS) ?? [],
    verdict: verdictOf(rows ?? [], trial.findings),
    mends: trial.mends,
    tried: { field: 'columns', lines: trial.lines },
  };
}

/** Whether a selector may have been meant to find more than it does. */
function isPoor({ rows, next }: LoadedPage, recipe: Recipe): boolean {
  const hasGap = recipe.columns.some(({ name }) => rows.every((row) => row[name] === ''));
  return rows.length <= 1 || hasGap || (recipe.next !== '' && next === null);
}

/** Rows with nothing in them are none. */
function verdictOf(rows: readonly Row[], findings: readonly Finding[]): Verdict {
  const hasCells = rows.some((row) => Object.entries(row).some(([name, cell]) => name !== PAGE_COLUMN && cell !== ''));
  if (!hasCells) return 'nothing';
  return findings.some(({ isWarning }) => isWarning) ? 'partly' : 'found';
}

/** What to look at when a page cannot be had, by the status that came for it. */
const STATUS_FINDINGS: Readonly<Record<number, string>> = {
  401: 'page-refused',
  403: 'page-refused',
  404: 'page-missing',
  410: 'page-missing',
};

class Trial {
  readonly findings: Finding[] = [];
  /** What was probably meant by selectors that find nothing. */
  readonly mends: Mend[] = [];
  /** What each column came to. */
  lines: readonly TriedLine[] = [];
  readonly known: Known = { sitemap: null, next: undefined, links: null };
  readonly identity: VisitorIdentity;
  readonly #login: Login | null;
  readonly #pages: PageCache;
  /** The page that was asked for last. */
  #asked: string | null = null;

  constructor(
    private readonly deps: ScrapeDeps,
    private readonly input: ScrapeInput,
    private readonly starts: StartPages,
    private readonly context: StepContext<ScrapeInput>,
    private readonly politeness: PoliteRequests,
  ) {
    this.identity = identityOf(deps, context);
    this.#login = loginOf(deps, context, politeness, this.identity);
    this.#pages = new PageCache(deps.fetcher, context.cache);
  }

  /** The rows of the first page that gives rows. */
  async look(): Promise<readonly Row[]> {
    const { input, findings, known } = this;
    const recipe = withUncleaned(recipeOf(input));
    const isList = recipe.follow !== '' && input.depth > 0;
    const page = await this.#load(await this.#firstAddress(), isList ? { ...recipe, row: '', columns: [] } : recipe);
    const { url, encoding, why } = page;
    findings.push(
      finding('first-page', `First page: ${url}`, { url }),
      finding(`encoding-${why}`, `Encoding: ${encoding} (${why})`, { encoding }),
    );
    if (page.barrier !== null) {
      const asks = finding(`barrier-${page.barrier}`, `The page asks for: ${page.barrier}`, {}, true);
      findings.push(page.barrier === 'login' || page.barrier === 'cookies' ? { ...asks, field: page.barrier } : asks);
    }
    if (page.isCut) findings.push(finding('cut', 'The answer was cut: more should have followed.', {}, true));
    if (recipe.next !== '') {
      known.next = page.next;
      findings.push(nextFinding(known.next, recipe.next));
    }
    if (!isList) {
      if (isPoor(page, recipe)) await this.#mend(url, ['row', 'columns', 'next']);
      const rows = this.#rowsOf(page);
      if (rows.length > 0) await this.#lookAtSecond(page, recipe);
      return rows;
    }
    known.links = openedLinks(page.follow, url, input);
    const count = known.links.length;
    findings.push(linksFinding(count, recipe.follow));
    if (count === 0 || (recipe.next !== '' && page.next === null)) await this.#mend(url, ['next', 'follow']);
    const [first] = known.links;
    if (first === undefined) return [];
    // Rows come from the pages that are opened, so these are what the selectors are tried on.
    const table = await this.#load(first, recipe);
    findings.push(finding('opened-page', `First of them: ${table.url}`, { url: table.url }));
    if (isPoor(table, { ...recipe, next: '' })) await this.#mend(table.url, ['row', 'columns']);
    return this.#rowsOf(table);
  }

  /** Says what the second page gives, where the first names it and there is time. */
  async #lookAtSecond({ url, next, fingerprint }: LoadedPage, recipe: Recipe): Promise<void> {
    if (next === null || !isSameSite(next, url)) return;
    const looked = await ifThereIsTime(this.context.signal, () => this.#load(next, recipe));
    if (!('rows' in looked)) return void this.findings.push(looked);
    const isSame = looked.fingerprint === fingerprint;
    this.findings.push(secondPageFinding({ count: looked.rows.length, isSame }));
  }

  /** What was found so far is still worth showing when what comes next fails. */
  async orFinding<T>(look: () => Promise<T>): Promise<T | null> {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      this.findings.push(this.#failed(error.failure));
      return null;
    }
  }

  /** What went wrong, with the field that may be to blame and what was probably meant in it. */
  #failed({ code, message, params }: Failure): Finding {
    const { input } = this;
    const field = input.urls.trim() === '' && input.sitemap.trim() !== '' ? 'sitemap' : 'urls';
    const address = this.#asked;
    // Of a host that has no time now the form is not to blame.
    const isLater = code.startsWith('preview-') || params['status'] === 429;
    if (address === null || isLater) return { code, message, params, isWarning: true };
    this.mends.push(...addressMends(code, Number(params['status'] ?? 0), new URL(address), field, input[field]));
    const said = code === 'http-status' ? STATUS_FINDINGS[Number(params['status'])] : undefined;
    const { host } = new URL(address);
    const known = said ?? (code === 'host-not-found' ? 'host-missing' : code);
    return { code: known, message, params: { ...params, url: address, host }, isWarning: true, field };
  }

  /** Where the run begins; for a sitemap, what it lists first. */
  async #firstAddress(): Promise<string> {
    for (const address of namedAddresses(this.starts)) return address;
    const { deps, context, politeness, known, findings } = this;
    const { owner, signal, cache } = context;
    const options = { owner, signal, politeness, cache };
    known.sitemap = await previewSitemap(deps, this.input.sitemap, options, findings);
    return known.sitemap.first;
  }

  /** Looks at a page once more, which is still kept, for what selectors that find nothing on it were meant to be. */
  async #mend(address: string, fields: readonly RecipeField[]): Promise<void> {
    const { politeness, identity, input, deps, context } = this;
    const { owner, signal } = context;
    const options = { signal, politeness, identity, takesCut: true };
    const look = loadWith(this.#pages, address, options, async (answer) => {
      const task = { owner, bytes: answer.bytes, signal };
      const typed = recipeIn(input);
      const mends = await deps.pool.run('mendRecipe', [answer, typed, { encoding: input.encoding, fields }], task);
      return { url: answer.url, mends };
    });
    // What it costs too much to look for is not offered.
    const page = await look.catch((error: unknown) => {
      if (!isStepError(error)) throw error;
      return null;
    });
    if (page !== null && !(page instanceof URL)) this.mends.push(...page.mends.map(offered));
  }

  #load(start: string, recipe: Recipe): Promise<LoadedPage> {
    const { politeness, identity, input } = this;
    const { owner, signal } = this.context;
    const { pool } = this.deps;
    const options = { pool, owner, signal, politeness, identity, encoding: input.encoding, takesCut: true, recipe };
    return throughRedirects(start, identity, (address) => {
      this.#asked = address;
      const load = (fetcher: HopFetcher) => loadPage(fetcher, address, options);
      return loadLoggedIn(this.#login, this.#pages, address, load);
    });
  }

  #rowsOf(page: LoadedPage): readonly Row[] {
    const recipe = recipeOf(this.input);
    this.findings.push(...selectorFindings(page.rows, recipe));
    if (page.rows.length > 0) this.mends.push(...emptyColumnMends(page.rows, this.input.columns));
    if (page.uncleanCells > 0) {
      const count = page.uncleanCells;
      this.findings.push(missing('columns', 'unclean-cells', `${count} cells have no number or date`, { count }));
    }
    this.lines = recipe.columns.map(({ name }) => triedLine(name, page.rows));
    return page.rows.map(withoutUncleaned);
  }
}

/** Of a column that is cleaned, the same without that stands beside it: no column's name has a colon. */
const UNCLEANED = 'before:';

function withUncleaned(recipe: Required<Recipe>): Required<Recipe> {
  const cleaned = recipe.columns.filter(({ cleanings }) => cleanings.length > 0);
  const plain = cleaned.map((column) => ({ ...column, name: UNCLEANED + column.name, cleanings: [] }));
  return { ...recipe, columns: [...recipe.columns, ...plain] };
}

function withoutUncleaned(row: PageRow): PageRow {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith(UNCLEANED)));
}

/** The first cells that have something in them. */
function triedLine(name: string, rows: readonly PageRow[]): TriedLine {
  const filled = rows
    .map((row) => ({ before: String(row[UNCLEANED + name] ?? row[name] ?? ''), after: String(row[name] ?? '') }))
    .filter(({ before }) => before !== '')
    .slice(0, SHOWN_CELLS);
  return { name, before: filled.map(({ before }) => before), after: filled.map(({ after }) => after) };
}

function selectorFindings(found: readonly PageRow[], { row, columns }: Recipe): Finding[] {
  const rows = found.length;
  if (rows === 0) return [missing('row', 'no-rows', `No row was found (${row})`, { selector: row })];
  const head =
    row === ''
      ? finding('page-is-row', 'The page itself is one row.', {})
      : finding('rows', `Rows: ${rows} (${row})`, { count: rows, selector: row });
  const cells = columns.map(({ name }) => {
    const count = found.filter((each) => each[name] !== '').length;
    const params = { name, count, rows };
    if (count === 0) return missing('columns', 'column-empty', `Column ${name}: empty in all ${rows} rows`, params);
    return finding('column', `Column ${name}: in ${count} of ${rows} rows`, params);
  });
  return [head, ...cells];
}

function nextFinding(url: string | null, selector: string): Finding {
  if (url === null) return missing('next', 'no-next', `No link to a next page (${selector})`, { selector });
  return finding('next', `Next page: ${url}`, { url });
}

function linksFinding(count: number, selector: string): Finding {
  if (count === 0) return missing('follow', 'no-links', `No link to open (${selector})`, { selector });
  return finding('links', `Links to open on it: ${count}`, { count });
}

function missing(field: keyof ScrapeInput, code: string, message: string, params: Finding['params']): Finding {
  return { ...finding(code, message, params, true), field };
}
