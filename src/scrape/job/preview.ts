import { type Finding, type Mend, type Preview, type Row, type StepContext, StepError } from '../../index.js';
import type { VisitorIdentity } from '../fetch/identity.js';
import { type LoadedPage, loadPage, loadWith } from '../fetch/load-page.js';
import type { Login } from '../fetch/login.js';
import { PageCache } from '../fetch/page-cache.js';
import { PoliteRequests } from '../fetch/polite-requests.js';
import type { PageRow, Recipe } from '../read/document.js';
import type { RecipeField } from '../slips/mend-recipe.js';
import type { ScrapeDeps } from './deps.js';
import { estimate, type Known } from './estimate.js';
import { finding } from './finding.js';
import { type HopFetcher, identityOf, loadLoggedIn, loginOf } from './identity.js';
import type { ScrapeInput } from './input.js';
import { openedLinks } from './links.js';
import { offered, recipeIn } from './mends.js';
import { previewSitemap } from './preview-sitemap.js';
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
    mends: trial.mends,
  };
}

class Trial {
  readonly findings: Finding[] = [];
  /** What was probably meant by selectors that find nothing. */
  readonly mends: Mend[] = [];
  readonly known: Known = { sitemap: null, next: undefined, links: null };
  readonly identity: VisitorIdentity;
  readonly #login: Login | null;
  readonly #pages: PageCache;

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
    const recipe = recipeOf(input);
    const isList = recipe.follow !== '' && input.depth > 0;
    const page = await this.#load(await this.#firstAddress(), isList ? { ...recipe, row: '', columns: [] } : recipe);
    const { url, encoding, why } = page;
    findings.push(
      finding('first-page', `First page: ${url}`, { url }),
      finding(`encoding-${why}`, `Encoding: ${encoding} (${why})`, { encoding }),
    );
    if (page.barrier !== null)
      findings.push(finding(`barrier-${page.barrier}`, `The page asks for: ${page.barrier}`, {}, true));
    if (page.isCut) findings.push(finding('cut', 'The answer was cut: more should have followed.', {}, true));
    if (recipe.next !== '') {
      known.next = page.next;
      findings.push(nextFinding(known.next, recipe.next));
    }
    if (!isList) {
      await this.#mend(url, ['row', 'columns', 'next']);
      return this.#rowsOf(page);
    }
    known.links = openedLinks(page.follow, url, input);
    const count = known.links.length;
    findings.push(finding('links', `Links to open on it: ${count}`, { count }, count === 0));
    await this.#mend(url, ['next', 'follow']);
    const [first] = known.links;
    if (first === undefined) return [];
    // Rows come from the pages that are opened, so these are what the selectors are tried on.
    const table = await this.#load(first, recipe);
    findings.push(finding('opened-page', `First of them: ${table.url}`, { url: table.url }));
    await this.#mend(table.url, ['row', 'columns']);
    return this.#rowsOf(table);
  }

  /** What was found so far is still worth showing when what comes next fails. */
  async orFinding<T>(look: () => Promise<T>): Promise<T | null> {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      const { code, message, params } = error.failure;
      this.findings.push({ code, message, params, isWarning: true });
      return null;
    }
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
    const page = await loadWith(this.#pages, address, options, async (answer) => {
      const task = { owner, bytes: answer.bytes, signal };
      const mends = await deps.pool.run(
        'mendRecipe',
        [answer, recipeIn(input), { encoding: input.encoding, fields }],
        task,
      );
      return { url: answer.url, mends };
    });
    if (!(page instanceof URL)) this.mends.push(...page.mends.map(offered));
  }

  #load(start: string, recipe: Recipe): Promise<LoadedPage> {
    const { politeness, identity, input } = this;
    const { owner, signal } = this.context;
    const { pool } = this.deps;
    const options = { pool, owner, signal, politeness, identity, encoding: input.encoding, takesCut: true, recipe };
    return throughRedirects(start, identity, (address) => {
      const load = (fetcher: HopFetcher) => loadPage(fetcher, address, options);
      return loadLoggedIn(this.#login, this.#pages, address, load);
    });
  }

  #rowsOf(page: LoadedPage): readonly Row[] {
    this.findings.push(...selectorFindings(page.rows, recipeOf(this.input)));
    return page.rows;
  }
}

function selectorFindings(found: readonly PageRow[], { row, columns }: Recipe): Finding[] {
  const rows = found.length;
  const head =
    row === ''
      ? finding('page-is-row', 'The page itself is one row.', {})
      : finding('rows', `Rows: ${rows} (${row})`, { count: rows, selector: row }, rows === 0);
  const cells = columns.map(({ name }) => {
    const count = found.filter((each) => each[name] !== '').length;
    const params = { name, count, rows };
    return finding('column', `Column ${name}: in ${count} of ${rows} rows`, params, count === 0);
  });
  return [head, ...cells];
}

function nextFinding(url: string | null, selector: string): Finding {
  if (url === null) return finding('no-next', `No link to a next page (${selector})`, { selector }, true);
  return finding('next', `Next page: ${url}`, { url });
}
