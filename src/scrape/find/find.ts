import { exampleParts, listsWith } from './by-example.js';
import { type ColumnWords, ENGLISH_WORDS } from './column-names.js';
import { type List, listsOn } from './lists.js';
import { type NextPage, nextPageAt, nextPageOf, type Resolve } from './next.js';
import { type FoundPage, indexPage, type PageIndex, type Part } from './page-index.js';
import { linkAt, listsOf, NumberedParts, type PointedNumbers } from './pointed.js';
import {
  type Example,
  type Proposal,
  type ProposalContext,
  pageProposal,
  proposalOf,
  type Wanted,
} from './proposal.js';
import { type RankedList, ranked } from './rank.js';

export interface FindOptions {
  readonly words?: ColumnWords;
  /** A text that stands on the page: only the lists that have it are proposed. Default: all. */
  readonly example?: string;
  /** What somebody pointed at; null, the default: nothing. */
  readonly pointed?: PointedNumbers | null;
  /** Where the list goes on by what the answer's headers say, for a page that has no link to it. */
  readonly headerNext?: NextPage | null;
  /** At most so many proposals. Default 4. */
  readonly most?: number;
}

/** What was found on a page. */
export interface Findings {
  /** Best first. */
  readonly proposals: readonly Proposal[];
  readonly next: NextPage | null;
  /** Of what was pointed at: what is no link, or in no row. */
  readonly missed: readonly (keyof PointedNumbers)[];
}

export const MOST_PROPOSALS = 4;
/** A list that is so much worse than the best is none that anybody looks for. */
const LEAST_SHARE = 0.08;
/** Of the best lists, and of those that may be meant by what was pointed at. */
const MOST_TRIED = 12;

/** The lists of a page, or those that have the text given as an example in them. */
export function findOnPage(page: FoundPage, options: FindOptions = {}): Findings {
  return findIn(indexPage(page), options);
}

export function findIn(index: PageIndex, options: FindOptions = {}): Findings {
  const { words = ENGLISH_WORDS, most = MOST_PROPOSALS, example = '', pointed = null, headerNext = null } = options;
  if (pointed !== null) return byPointing(index, pointed, { words, headerNext });
  const { page } = index;
  const next = nextPageOf(index, page.url, (href) => page.webAddress(href)) ?? headerNext;
  const context: ProposalContext = { index, words, next: next?.selector ?? '' };
  const lists = ranked(index, listsOn(index));
  if (example.trim() === '') return { proposals: bestOf(context, lists, most), next, missed: [] };
  const parts = exampleParts(index, example);
  return {
    proposals: byExample(
      context,
      lists,
      parts.map((part) => ({ part, text: example })),
    ).slice(0, most),
    next,
    missed: [],
  };
}

/** The list that has all that was pointed at, with nothing chosen but that. */
function byPointing(
  index: PageIndex,
  pointed: PointedNumbers,
  { words, headerNext }: { readonly words: ColumnWords; readonly headerNext: NextPage | null },
): Findings {
  const { page } = index;
  const resolve: Resolve = (href) => page.webAddress(href);
  const numbered = new NumberedParts(index);
  const linkOf = (number: number | null) => {
    const part = number === null ? null : numbered.partOf(number);
    return part && linkAt(part);
  };
  const nextLink = linkOf(pointed.next);
  const next = nextLink ? nextPageAt(index, nextLink, resolve) : (nextPageOf(index, page.url, resolve) ?? headerNext);
  const follow = linkOf(pointed.follow);
  const columns = pointed.columns.flatMap((number) => numbered.partOf(number) ?? []);
  const examples = columns.map((part) => ({ part, text: null }));
  const context: ProposalContext = { index, words, next: next?.selector ?? '' };
  const missed: (keyof PointedNumbers)[] = [];
  if (pointed.next !== null && (!nextLink || !next)) missed.push('next');
  if (pointed.follow !== null && !follow) missed.push('follow');
  const inLists = (parts: readonly Part[], link: Part | null) => {
    const wanted = { examples: parts.map((part) => ({ part, text: null })), follow: link };
    return firstProposal(context, listsOf(index, link ? [...parts, link] : parts), wanted);
  };
  let list = inLists(columns, follow);
  if (!list && follow && columns.length > 0) {
    missed.push('follow');
    list = inLists(columns, null);
  }
  if (list || columns.length === 0) return { proposals: list ? [list] : [], next, missed };
  // What was pointed at last is outside of the rows, or the page itself is the row that has it all.
  const before = columns.length > 1 ? inLists(columns.slice(0, -1), null) : null;
  const whole = pageProposal(context, examples);
  if (before || !whole) missed.push('columns');
  return { proposals: [before, whole].filter((each) => each !== null), next, missed };
}

function firstProposal(context: ProposalContext, lists: readonly List[], wanted: Wanted): Proposal | null {
  for (const list of lists.slice(0, MOST_TRIED)) {
    const proposal = proposalOf(context, list, wanted);
    if (proposal) return proposal;
  }
  return null;
}

function bestOf(context: ProposalContext, lists: readonly RankedList[], most: number): Proposal[] {
  const proposals: Proposal[] = [];
  const taken: RankedList[] = [];
  for (const list of lists.slice(0, MOST_TRIED)) {
    if (proposals.length === most || list.score < (taken[0]?.score ?? 0) * LEAST_SHARE) break;
    if (taken.some((better) => repeats(list, better))) continue;
    const proposal = proposalOf(context, list);
    if (!proposal) continue;
    taken.push(list);
    proposals.push(proposal);
  }
  return proposals;
}

/** Of each element that has the text: the best list that it is in, or the page as a row where it is in none. */
function byExample(context: ProposalContext, lists: readonly RankedList[], examples: readonly Example[]): Proposal[] {
  const proposals = new Map<string, Proposal>();
  for (const example of examples) {
    for (const list of listsWith(lists, example.part)) {
      const proposal = proposalOf(context, list, { examples: [example], follow: null });
      if (!proposal?.columns.some(({ isExample }) => isExample)) continue;
      const same = proposals.get(proposal.row);
      if (!same) proposals.set(proposal.row, proposal);
      break;
    }
  }
  if (proposals.size > 0) return [...proposals.values()];
  const [first] = examples;
  const proposal = first ? pageProposal(context, [first]) : null;
  return proposal ? [proposal] : [];
}

/** The same rows, or parts of rows that were proposed already. */
function repeats({ rows }: List, better: List): boolean {
  const ranges = better.rows.map(({ head, tail }) => ({ from: head.index, end: tail.at(-1)?.end ?? head.end }));
  const inside = rows.filter(({ head }) => {
    const last = ranges[lastBefore(ranges, head.index)];
    return last !== undefined && head.index < last.end;
  });
  return inside.length > rows.length / 2;
}

/** The place of the last range that begins at or before a number; -1 for none. */
function lastBefore(ranges: readonly { readonly from: number }[], index: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.from ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
