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
} from '../../index.js';
import type { VisitorIdentity } from '../fetch/identity.js';
import { type LoadedPage, loadPage, loadWith } from '../fetch/load-page.js';
import type { Login } from '../fetch/login.js';
import { PageCache } from '../fetch/page-cache.js';
import { PoliteRequests } from '../fetch/polite-requests.js';
import type { Column } from '../read/columns.js';
import type { PageRow, Recipe } from '../read/document.js';
import type { RecipeField } from '../slips/mend-recipe.js';
import type { ScrapeDeps } from './deps.js';
import { detailRecipe, listRecipe, rowOfList, withDetail } from './detail.js';
import { estimate, type Known } from './estimate.js';
import { finding } from './finding.js';
import { type HopFetcher, identityOf, loadLoggedIn, loginOf } from './identity.js';
import type { ScrapeInput } from './input.js';
import { isSameSite, openedLinks } from './links.js';
import { addressMends, emptyColumnMends, offered, recipeIn } from './mends.js';
import {
  columnFindings,
  isPoor,
  linksFinding,
  missing,
  nextFinding,
  STATUS_FINDINGS,
  selectorFindings,
  statedFinding,
  triedLine,
  verdictOf,
  withoutUncleaned,
  withUncleaned,
} from './preview-findings.js';
import { previewSitemap } from './preview-sitemap.js';
import { ifThereIsTime, secondPageFinding } from './second-page.js';
import { namedAddresses, type StartPages } from './start-pages.js';
import { recipeOf } from './steps.js';
import { throughRedirects } from './through-redirects.js';

const SHOWN_ROWS = 5;

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

class Trial {
  readonly findings: Finding[] = [];
  /** What was probably meant by selectors that find nothing. */
  readonly mends: Mend[] = [];
  /** What each column came to. */
  lines: readonly TriedLine[] = [];
  readonly known: Known = { sitemap: null, next: undefined, links: null, details: null };
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
    this.#pages = new PageCache(deps.fetcher, context);
  }

  /** The rows of the first page that gives rows. */
  async look(): Promise<readonly Row[]> {
    const { input, findings, known } = this;
    const recipe = { ...withUncleaned(listRecipe(recipeOf(input))), isFirst: true };
    const isList = recipe.follow !== '' && input.depth > 0;
    const page = await this.#load(
      await this.#firstAddress(),
      isList ? { ...recipe, row: '', columns: [], detail: '' } : recipe,
    );
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
      if (page.statedPages) findings.push(statedFinding(page.statedPages));
    }
    if (!isList) {
      if (isPoor(page, recipe)) await this.#mend(url, ['row', 'columns', 'detail', 'next']);
      const rows = await this.#rowsOf(page);
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
    if (isPoor(table, { ...recipe, next: '' })) await this.#mend(table.url, ['row', 'columns', 'detail']);
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
  async #mend(address: string, fields: readonly RecipeField[], isDetail = false): Promise<void> {
    const { politeness, identity, input, deps, context } = this;
    const { owner, signal } = context;
    const options = { signal, politeness, identity, takesCut: true };
    const look = loadWith(this.#pages, address, options, async (answer) => {
      const task = { owner, bytes: answer.bytes, signal };
      const typed = recipeIn(input);
      const asked = { encoding: input.encoding, fields, isDetail };
      const mends = await deps.pool.run('mendRecipe', [answer, typed, asked], task);
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

  async #rowsOf(page: LoadedPage): Promise<readonly Row[]> {
    const recipe = recipeOf(this.input);
    const list = listRecipe(recipe);
    this.findings.push(...selectorFindings(page.rows, list));
    if (page.rows.length > 0) this.mends.push(...emptyColumnMends(page.rows, this.input.columns));
    this.#noteCells(page, list.columns);
    const rows = page.rows.map(withoutUncleaned);
    return recipe.detail === '' || rows.length === 0 ? rows : this.#withDetail(page, rows);
  }

  /** The rows, with the cells of the first page that one of them leads to. */
  async #withDetail(page: LoadedPage, rows: readonly PageRow[]): Promise<readonly Row[]> {
    const { input, known } = this;
    const { columns, detail: selector } = recipeOf(input);
    const opened = page.details.map(
      (link) => (link === null ? [] : openedLinks([link], page.url, input)).at(0) ?? null,
    );
    known.details = opened.filter((link) => link !== null);
    const at = opened.findIndex((link) => link !== null);
    const link = opened[at];
    const whole = rows.map((row) => rowOfList(row, columns));
    if (link == null) {
      this.findings.push(missing('detail', 'no-details', `No row has a link (${selector})`, { selector }));
      return whole;
    }
    const recipe = detailRecipe(columns);
    const detail = await this.orFinding(() => this.#load(link, withUncleaned(recipe)));
    if (detail === null) return whole;
    this.findings.push(
      finding('detail-page', `Page of row ${at + 1}: ${detail.url}`, { url: detail.url, row: at + 1 }),
    );
    this.findings.push(...columnFindings(detail.rows, recipe.columns));
    if (isPoor(detail, { ...recipe, row: '' })) await this.#mend(detail.url, ['columns'], true);
    this.#noteCells(detail, recipe.columns);
    const cells = withoutUncleaned(detail.rows[0] ?? {});
    return whole.map((row, i) => (i === at ? withDetail(row, cells) : row));
  }

  /** What columns came to, beside what stood on the page. */
  #noteCells({ rows, uncleanCells: count }: LoadedPage, columns: readonly Column[]): void {
    if (count > 0)
      this.findings.push(missing('columns', 'unclean-cells', `${count} cells have no number or date`, { count }));
    this.lines = [...this.lines, ...columns.map(({ name }) => triedLine(name, rows))];
  }
}
