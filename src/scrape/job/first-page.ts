import { type FieldProblem, type ProposalRequest, type StepContext, StepError } from '../../index.js';
import { knownEncoding } from '../encoding/decode.js';
import { givenHeaders, VisitorIdentity } from '../fetch/identity.js';
import { type Loaded, loadWith, type ReadAnswer } from '../fetch/load-page.js';
import { PageCache } from '../fetch/page-cache.js';
import { PoliteRequests } from '../fetch/polite-requests.js';
import type { TaskOptions } from '../pool/worker-pool.js';
import { firstAddress, parseAddresses } from '../read/addresses.js';
import type { Answer, Redirect } from '../read/open-answer.js';
import type { ScrapeDeps } from './deps.js';
import { typedProblems } from './start-pages.js';
import { throughRedirects } from './through-redirects.js';

/** `www.example.com/list`: a host with a dot, and no scheme before it. */
const WITHOUT_SCHEME = /^(?![a-z][a-z\d+.-]*:\/)[^\s/:?#@]+\.[^\s/:?#@]+(?=$|[:/?#])/i;
/** So many characters of the start pages. */
const LOOKED_AT = 4096;
/** What becomes of asking a host that speaks no https, or has a certificate for another one; robots.txt is asked for first. */
const NO_HTTPS = new Set([
  'robots-unreachable',
  'connection-refused',
  'connection-lost',
  'host-unreachable',
  'not-http',
  'bad-certificate',
  'network-error',
]);

/** Reads an answer as a task of the pool. */
type ReadWith<T> = (answer: Answer, task: TaskOptions, reloads: boolean) => Promise<T | Redirect>;

/** The first page of a form, of which the address may be all that is filled in; or what is wrong with the addresses. */
export function firstPageOf(
  deps: ScrapeDeps,
  request: ProposalRequest,
  context: StepContext,
): FirstPage | { readonly problems: readonly FieldProblem[] } {
  const all = (request.typed['urls'] ?? '').trim();
  // The first page alone is looked at; what stands far below is checked with the form.
  const headEnd = all.length <= LOOKED_AT ? all.length : Math.max(0, all.lastIndexOf('\n', LOOKED_AT));
  const lines = linesOf(all.slice(0, headEnd));
  const head = lines.map(withScheme).join('\n');
  const problems = problemsOf(head);
  const address = problems.length > 0 ? null : firstAddress(head);
  if (address === null) return { problems };
  const isGuess = lines[0] !== undefined && WITHOUT_SCHEME.test(lines[0]);
  return new FirstPage(deps, request, context, { address, urls: head + all.slice(headEnd), isGuess });
}

interface Start {
  readonly address: string;
  /** All lines of addresses. */
  readonly urls: string;
  /** The scheme is ours. */
  readonly isGuess: boolean;
}

/** The first page, and others that are asked for in the same way. */
export class FirstPage {
  /** An encoding that the visitor insists on; empty: the page's own. */
  readonly encoding: string;
  readonly #identity: VisitorIdentity;
  readonly #politeness: PoliteRequests;
  readonly #pages: PageCache;

  constructor(
    deps: ScrapeDeps,
    { typed, language }: Pick<ProposalRequest, 'typed' | 'language'>,
    private readonly context: StepContext,
    private readonly start: Start,
  ) {
    const { headers = '', cookies = '', passwords = '', encoding = '' } = typed;
    const spoken = typed['language'] ?? language;
    const given = givenHeaders({ start: start.address, language: spoken, headers, cookies, passwords });
    this.encoding = knownEncoding(encoding) ? encoding : '';
    this.#identity = new VisitorIdentity(deps.cookieJars.of(context), given);
    this.#politeness = new PoliteRequests(context, delayOf(typed, deps), deps.permission);
    this.#pages = new PageCache(deps.fetcher, context);
  }

  /** What is read on it, and the lines of addresses with the schemes that they turned out to have. */
  async read<T extends { readonly url: string }>(read: ReadWith<T>): Promise<{ page: Loaded<T>; urls: string }> {
    const { address, urls, isGuess } = this.start;
    try {
      return { page: await this.load(address, read), urls };
    } catch (error) {
      // Where only the host was typed, one that speaks no https is asked in http.
      if (!isGuess || !(error instanceof StepError) || !NO_HTTPS.has(error.failure.code)) throw error;
      const page = await this.load(address.replace(/^https:/, 'http:'), read);
      return { page, urls: urls.replace(/^https:/, 'http:') };
    }
  }

  /** Another page, asked for like the first. */
  load<T extends { readonly url: string }>(start: string, read: ReadWith<T>): Promise<Loaded<T>> {
    const { owner, signal } = this.context;
    const [identity, politeness] = [this.#identity, this.#politeness];
    return throughRedirects(start, identity, (at) => {
      const readAnswer: ReadAnswer<T> = (answer, reloads) =>
        read(answer, { owner, bytes: answer.bytes, signal }, reloads);
      return loadWith(this.#pages, at, { signal, politeness, identity, takesCut: true }, readAnswer);
    });
  }
}

function linesOf(urls: string): string[] {
  return urls
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Nobody types the scheme. */
function withScheme(line: string): string {
  return WITHOUT_SCHEME.test(line) ? `https://${line}` : line;
}

function problemsOf(urls: string): FieldProblem[] {
  if (urls === '') return [{ field: 'urls', code: 'urls-missing', message: 'Name at least one page.', params: {} }];
  return typedProblems(parseAddresses(urls));
}

function delayOf(typed: ProposalRequest['typed'], { minDelayMs }: ScrapeDeps): number {
  const seconds = Number(typed['delay']?.slice(0, 100).normalize('NFKC').trim() || Number.NaN);
  return Math.max(Number.isFinite(seconds) ? seconds : 1, minDelayMs / 1000);
}
