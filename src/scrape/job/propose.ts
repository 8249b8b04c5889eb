import {
  type FieldProblem,
  type Finding,
  type Proposal,
  type ProposalRequest,
  type Proposals,
  type StepContext,
  StepError,
} from '../../index.js';
import { knownEncoding } from '../encoding/decode.js';
import { givenHeaders, VisitorIdentity } from '../fetch/identity.js';
import { loadWith } from '../fetch/load-page.js';
import { PageCache } from '../fetch/page-cache.js';
import { PoliteRequests } from '../fetch/polite-requests.js';
import { wordsIn } from '../find/column-names.js';
import type { PageFindings } from '../find/find-in-answer.js';
import type { Proposal as FoundList } from '../find/proposal.js';
import { firstAddress, parseAddresses } from '../read/addresses.js';
import type { ScrapeDeps } from './deps.js';
import { finding } from './finding.js';
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

/** Looks at the first page and offers the lists on it. */
export async function proposeScrape(
  deps: ScrapeDeps,
  { typed, example, language }: ProposalRequest,
  context: StepContext,
): Promise<Proposals> {
  const all = (typed['urls'] ?? '').trim();
  // The first page alone is looked at; what stands far below is checked with the form.
  const headEnd = all.length <= LOOKED_AT ? all.length : Math.max(0, all.lastIndexOf('\n', LOOKED_AT));
  const lines = all
    .slice(0, headEnd)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const head = lines.map(withScheme).join('\n');
  const urls = head + all.slice(headEnd);
  const problems = problemsOf(head);
  const address = problems.length > 0 ? null : firstAddress(head);
  if (address === null) return { findings: [], proposals: [], problems };
  deps.pool.prepare();
  const { headers = '', cookies = '', passwords = '' } = typed;
  const given = givenHeaders({ start: address, language: typed['language'] ?? language, headers, cookies, passwords });
  const identity = new VisitorIdentity(deps.cookieJars.of(context), given);
  const politeness = new PoliteRequests(context, delayOf(typed, deps), deps.permission);
  const pages = new PageCache(deps.fetcher, context.cache);
  const encoding = knownEncoding(typed['encoding'] ?? '') ? (typed['encoding'] ?? '') : '';
  const options = { encoding, example, words: wordsIn(language) };
  const { owner, signal } = context;
  const look = (start: string) =>
    throughRedirects(start, identity, (at) =>
      loadWith(pages, at, { signal, politeness, identity, takesCut: true }, (answer, reloads) => {
        const task = { owner, bytes: answer.bytes, signal };
        return deps.pool.run('findInAnswer', [answer, { ...options, reloads }], task);
      }),
    );
  const isGuess = lines[0] !== undefined && WITHOUT_SCHEME.test(lines[0]);
  const { page, start } = await orPlainHttp(address, isGuess, look);
  const chosen = start === address ? urls : urls.replace(/^https:/, 'http:');
  return {
    findings: findingsOn(page, example),
    proposals: page.proposals.map((list) => proposalOf(list, page, chosen)),
    problems: [],
  };
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
  const seconds = Number(typed['delay']?.normalize('NFKC').trim() || Number.NaN);
  return Math.max(Number.isFinite(seconds) ? seconds : 1, minDelayMs / 1000);
}

/** Where only the host was typed, one that speaks no https is asked in http. */
async function orPlainHttp(
  start: string,
  isGuess: boolean,
  look: (start: string) => Promise<PageFindings>,
): Promise<{ readonly page: PageFindings; readonly start: string }> {
  try {
    return { page: await look(start), start };
  } catch (error) {
    if (!isGuess || !(error instanceof StepError) || !NO_HTTPS.has(error.failure.code)) throw error;
    const plain = start.replace(/^https:/, 'http:');
    return { page: await look(plain), start: plain };
  }
}

function findingsOn({ url, barrier, proposals, next, isMadeByScript }: PageFindings, example: string): Finding[] {
  const findings = [finding('first-page', `First page: ${url}`, { url })];
  if (barrier !== null) findings.push(finding(`barrier-${barrier}`, `The page asks for: ${barrier}`, {}, true));
  if (isMadeByScript)
    findings.push(finding('made-by-script', 'The page is made by its scripts, which do not run here.', {}, true));
  if (proposals.length === 0 && example !== '')
    findings.push(finding('example-not-found', `Not on the page: ${example}`, { example }, true));
  else if (proposals.length === 0) findings.push(finding('no-lists', 'No list was found on the page.', {}, true));
  if (next?.url === null)
    findings.push(
      finding('next-by-script', `Only a script knows the next page: ${next.text}`, { text: next.text }, true),
    );
  return findings;
}

function proposalOf({ row, columns, next, follow, rows }: FoundList, page: PageFindings, urls: string): Proposal {
  const options = [
    { field: 'next', value: next, isChosen: true, params: { url: page.next?.url ?? '' } },
    { field: 'follow', value: follow, isChosen: false, params: {} },
  ];
  return {
    fields: { urls, row },
    lines: {
      field: 'columns',
      lines: columns.map(({ name, selector, attribute, isChosen, samples }) => ({
        name,
        rest: attribute === 'text' ? selector : `${selector}@${attribute}`,
        isChosen,
        samples,
      })),
    },
    options: options.filter(({ value }) => value !== ''),
    rows,
  };
}
