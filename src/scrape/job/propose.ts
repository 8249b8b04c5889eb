import type { Finding, Proposal, ProposalRequest, Proposals, StepContext } from '../../index.js';
import { wordsIn } from '../find/column-names.js';
import type { FindInAnswerOptions, PageFindings, PlainProposal } from '../find/find-in-answer.js';
import { parseColumns } from '../read/columns.js';
import type { PageRow, Recipe } from '../read/document.js';
import type { ScrapeDeps } from './deps.js';
import { finding } from './finding.js';
import { type FirstPage, firstPageOf } from './first-page.js';
import { isSameSite } from './links.js';
import { findPointed } from './point.js';
import { ifThereIsTime, secondPageFinding } from './second-page.js';

/** Looks at the first page and offers the lists on it; or at what the visitor pointed at. */
export async function proposeScrape(
  deps: ScrapeDeps,
  request: ProposalRequest,
  context: StepContext,
): Promise<Proposals> {
  const { example, language, pointed } = request;
  if (pointed !== null) {
    const { page, urls } = await findPointed(deps, pointed, language, context);
    return proposalsOf(page, urls, request);
  }
  const first = firstPageOf(deps, request, context);
  if ('problems' in first) return { findings: [], proposals: [], ...first };
  deps.pool.prepare();
  const options = { encoding: first.encoding, example, words: wordsIn(language) };
  const { page, urls } = await first.read<PageFindings>((answer, task, reloads) =>
    deps.pool.run('findInAnswer', [answer, { ...options, reloads } satisfies FindInAnswerOptions], task),
  );
  const seconds = await secondPages(deps, first, page, context);
  return proposalsOf(page, urls, request, seconds);
}

/** What each proposal gives on the next page of the same site, read with what it would tick. */
async function secondPages(
  { pool }: ScrapeDeps,
  first: FirstPage,
  { url, next, proposals }: PageFindings,
  { signal }: StepContext,
): Promise<readonly Finding[]> {
  const address = next?.url ?? null;
  if (address === null || proposals.length === 0 || !isSameSite(address, url)) return [];
  const recipes = proposals.map(recipeOf);
  const options = { encoding: first.encoding };
  const looked = await ifThereIsTime(signal, () =>
    first.load(address, (answer, task, reloads) =>
      pool.run('readTables', [answer, recipes, { ...options, reloads }], task),
    ),
  );
  if (!('tables' in looked)) return proposals.map(() => looked);
  return proposals.map((list, i) => {
    const { count = 0, first: top = null, last = null } = looked.tables[i] ?? {};
    return secondPageFinding({ count, isSame: isSameTable(list, top, last) });
  });
}

function recipeOf({ row, columns }: PlainProposal): Recipe {
  const text = columns.filter(({ isChosen }) => isChosen).map(lineOf);
  return { row, columns: parseColumns(text.join('\n')).columns, next: '' };
}

function isSameTable({ columns }: PlainProposal, first: PageRow | null, last: PageRow | null): boolean {
  const chosen = columns.filter(({ isChosen }) => isChosen);
  return (
    chosen.length > 0 &&
    chosen.every((column) => first?.[column.name] === column.first && last?.[column.name] === column.last)
  );
}

function lineOf({ name, selector, attribute }: PlainProposal['columns'][number]): string {
  return `${name}: ${attribute === 'text' ? selector : `${selector}@${attribute}`}`;
}

function proposalsOf(
  page: PageFindings,
  urls: string,
  { example, pointed }: ProposalRequest,
  seconds: readonly Finding[] = [],
): Proposals {
  const isFollowed = pointed?.picks.some(({ field }) => field === 'follow') ?? false;
  return {
    findings: pointed === null ? findingsOn(page, example) : page.missed.map(missedFinding),
    proposals: page.proposals.map((list, i) => ({
      ...proposalOf(list, page, urls, isFollowed),
      findings: seconds[i] === undefined ? [] : [seconds[i]],
    })),
    others: page.feeds.map(({ url, title }) => ({
      name: 'feed',
      fields: { urls: url },
      params: { title: title === '' ? url : title },
    })),
    problems: [],
  };
}

function missedFinding(what: PageFindings['missed'][number]): Finding {
  const message = what === 'columns' ? 'What was pointed at cannot be told apart.' : 'What was pointed at is no link.';
  return finding(`pointed-no-${what}`, message, {}, true);
}

function findingsOn({ url, barrier, proposals, next, isMadeByScript }: PageFindings, example: string): Finding[] {
  const findings = [finding('first-page', `First page: ${url}`, { url })];
  if (barrier !== null) findings.push(finding(`barrier-${barrier}`, `The page asks for: ${barrier}`, {}, true));
  if (isMadeByScript) {
    const code = proposals.length > 0 ? 'made-by-script' : 'made-by-script-empty';
    findings.push(finding(code, 'The page is made by its scripts, which do not run here.', {}, true));
  }
  if (proposals.length === 0 && example !== '')
    findings.push(finding('example-not-found', `Not on the page: ${example}`, { example }, true));
  else if (proposals.length === 0 && !isMadeByScript)
    findings.push(finding('no-lists', 'No list was found on the page.', {}, true));
  if (next?.url === null)
    findings.push(
      finding('next-by-script', `Only a script knows the next page: ${next.text}`, { text: next.text }, true),
    );
  return findings;
}

function proposalOf(
  list: PlainProposal,
  page: PageFindings,
  urls: string,
  isFollowed: boolean,
): Omit<Proposal, 'findings'> {
  const { row, columns, next, follow, rows, taken } = list;
  const [, ...otherUrls] = urls.split('\n');
  const pattern = page.pattern === null ? '' : [page.pattern, ...otherUrls].join('\n');
  const options = [
    { field: 'next', value: next, isChosen: true, params: { url: page.next?.url ?? '' } },
    { field: 'urls', value: pattern, isChosen: next === '', params: { pattern: page.pattern ?? '' } },
    { field: 'follow', value: follow, isChosen: isFollowed, params: {} },
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
    taken,
  };
}
