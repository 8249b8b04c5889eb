import { type Barrier, barrierIn } from '../read/barrier.js';
import { parseJson } from '../read/json-text.js';
import { linksInHeader } from '../read/link-header.js';
import { MarkupDocument } from '../read/markup-document.js';
import { type Answer, type OpenOptions, openAnswer, type Redirect } from '../read/open-answer.js';
import { ENGLISH_WORDS } from './column-names.js';
import { findInScripts } from './embedded.js';
import { type Findings, type FindOptions, findIn, MOST_PROPOSALS } from './find.js';
import { findInJson } from './find-json.js';
import { looksMadeByScript } from './made-by-script.js';
import { indexPage, type PageIndex } from './page-index.js';
import { pagePattern } from './page-pattern.js';
import { NumberedParts } from './pointed.js';
import type { Proposal } from './proposal.js';

/** So many show what is taken; the answer stays small. */
const MOST_TAKEN = 1000;
/** What finds the link of a `Link` header, as if it stood in the page. */
const HEADER_NEXT = 'a[rel=next]';
const FEED = /^\s*application\/(?:(?:rss|atom)\+xml|feed\+json)\s*(?:;|$)/i;
/** Sites name one of their comments, too. */
const MOST_FEEDS = 2;
const LONGEST_TITLE = 80;

export interface FindInAnswerOptions extends FindOptions, OpenOptions {}

/** A proposal as plain data. */
export interface PlainProposal extends Omit<Proposal, 'parts'> {
  /** Numbers of the elements that it takes, where some were pointed at. */
  readonly taken: readonly number[];
}

/** Another address of what is on the page. */
export interface Feed {
  readonly url: string;
  readonly title: string;
}

/** What was found on a page, as plain data. */
export interface PageFindings extends Omit<Findings, 'proposals'> {
  readonly url: string;
  readonly proposals: readonly PlainProposal[];
  /** The addresses of the list's pages as one with a range; null when they do not show one. */
  readonly pattern: string | null;
  /** That the page names. */
  readonly feeds: readonly Feed[];
  readonly barrier: Barrier | null;
  /** The page has next to no text before its scripts have run. */
  readonly isMadeByScript: boolean;
}

/**
 * Decodes and parses a page and finds what is on it: all that takes time, in one function of plain data, which can run in
 * any thread. Throws `StepError` `bad-json`.
 */
export function findInAnswer(answer: Answer, options: FindInAnswerOptions): PageFindings | Redirect {
  const opened = openAnswer(answer, options);
  if ('redirect' in opened) return opened;
  const { document, text } = opened;
  const { url, link } = answer;
  const barrier = barrierIn(document, text);
  const [linked] = linksInHeader(link, HEADER_NEXT, url);
  const headerNext = linked === undefined ? null : { selector: HEADER_NEXT, url: linked, text: '' };
  if (document instanceof MarkupDocument)
    return { url, ...findInMarkup(document, { ...options, headerNext }), barrier };
  const { words = ENGLISH_WORDS, most = MOST_PROPOSALS } = options;
  const found = findInJson(parseJson(text).value, { words, prefix: '', most }).map(withoutParts);
  const path = found.find((list) => list.next !== '')?.next ?? '';
  const [target] = path === '' ? [] : document.links(path);
  const next = target === undefined ? headerNext : { selector: path, url: target, text: '' };
  const proposals = found.map((list) => ({ ...list, next: list.next || (next?.selector ?? '') }));
  return { url, proposals, next, pattern: null, feeds: [], missed: [], isMadeByScript: false, barrier };
}

/** Lists of elements come first, unless the page is hardly more than its scripts. */
function findInMarkup(document: MarkupDocument, options: FindOptions) {
  const { words = ENGLISH_WORDS, most = MOST_PROPOSALS, example = '', pointed = null } = options;
  const index = indexPage(document);
  const { proposals, next, missed } = findIn(index, options);
  const isMadeByScript = looksMadeByScript(index);
  const nextUrl = next?.url ?? null;
  const pattern = nextUrl === null ? null : pagePattern(index, nextUrl, (href) => document.webAddress(href));
  const about = { next, missed, pattern, isMadeByScript };
  if (pointed !== null) {
    const numbered = new NumberedParts(index);
    return { ...about, proposals: proposals.map((each) => withNumbers(each, numbered)), feeds: [] };
  }
  const found = example.trim() === '' ? findInScripts(document, index, words, 2) : [];
  const inScripts = found.map((list) => ({ ...list, next: next?.selector ?? '' }));
  const all = isMadeByScript ? [...inScripts, ...proposals] : [...proposals, ...inScripts];
  return { ...about, proposals: all.slice(0, most + 1).map(withoutParts), feeds: feedsOf(index) };
}

/** `<link rel="alternate" type="application/rss+xml">`, that of the page itself first. */
function feedsOf(index: PageIndex): Feed[] {
  const feeds = new Map<string, Feed>();
  for (const { node } of index.byTag.get('link') ?? []) {
    const { rel = '', type = '', href = '', title = '' } = node.attribs;
    if (!/\balternate\b/i.test(rel) || !FEED.test(type)) continue;
    const url = index.page.webAddress(href);
    if (url !== null && !feeds.has(url)) feeds.set(url, { url, title: title.trim().slice(0, LONGEST_TITLE) });
  }
  return [...feeds.values()].slice(0, MOST_FEEDS);
}

function withNumbers({ parts, ...proposal }: Proposal, numbered: NumberedParts): PlainProposal {
  const numbers = new Set(parts.flatMap((part) => numbered.numberOf(part) ?? []));
  return { ...proposal, taken: [...numbers].slice(0, MOST_TAKEN) };
}

function withoutParts({ parts: _, ...proposal }: Proposal): PlainProposal {
  return { ...proposal, taken: [] };
}
