import { imageTexts, isMarked, labelOf, plainText, SCRIPTED } from './link-text.js';
import { wordsOf } from './names.js';
import { nextSelector } from './next-selector.js';
import { NEXT_MARKS, NEXT_TEXTS, PAGE_WORDS, PREVIOUS_TEXTS } from './next-words.js';
import { collapsed, descendantsOf, type PageIndex, type Part, textIn } from './page-index.js';

/** Where the list goes on. */
export interface NextPage {
  /** Selector of the link; empty when it is not one of the page's elements, or has no address. */
  readonly selector: string;
  /** Absolute; null when only a script knows it. */
  readonly url: string | null;
  readonly text: string;
}

interface Candidate {
  readonly part: Part;
  readonly url: string | null;
  readonly score: number;
}

/** Absolute addresses of what a link says; null when that is none. */
export type Resolve = (href: string) => string | null;

const LONGEST_TEXT = 40;
const ENOUGH = 3;
/** Of a text that may lead anywhere: with the address of a numbered page it is just enough. */
const WEAK = 2.6;
const BEGINS_NEXT = /^(?:next|次の?|下一?[页頁]|weiter|nächste|suivant|siguiente|volgende|далее|следующ)/i;
const NAMED_NEXT = /next|older/i;
/** Longer than all words for next. */
const LONG_NAME = 26;
const PAGER_WORDS = new Set(
  'pagination pager paging pagenavi pagenav pages paginate paginator page pagelist pagebar navigation nav nextpage pageskip multipage'.split(
    ' ',
  ),
);
const ELSEWHERE_WORDS = new Set(
  'calendar slider carousel slick swiper gallery breadcrumb lightbox menu dropdown datepicker month'.split(' '),
);
/** The next of something else than a list's pages. */
const OTHER_NEXT =
  /\b(?:thread|topic|article|post|story|entry|product|item|photo|image|month|week|day|year|event|chapter|slide|video|step|question)\b|(?:月|週|日|年|記事|商品|スレッド|話)$/;
/** Addresses of pages with a number: `?page=2`, `/page/2`, `/p2`, `?start=20`. */
const NUMBERED =
  /(?:page|p|pg|start|offset|from|seite|pagina|skip|index|next|cursor|after)[=/_-]?\d|[?&][^=]*page[^=]*=|\/p?\d+\/?$/i;

/** The link to the next page of a list; null when there is none. `here`: the page's own address. */
export function nextPageOf(index: PageIndex, here: string, resolve: Resolve): NextPage | null {
  const candidates = [...linkCandidates(index, here, resolve), ...numberCandidates(index, here, resolve)];
  const best = candidates.reduce<Candidate | null>((a, b) => (a === null || b.score > a.score ? b : a), null);
  if (best === null || best.score < ENOUGH) return null;
  const selector = best.url === null ? '' : nextSelector(index, best.part);
  return { selector, url: best.url, text: labelOf(best.part) };
}

/** The link that somebody says is that one; null when no selector finds it. */
export function nextPageAt(index: PageIndex, link: Part, resolve: Resolve): NextPage | null {
  const selector = nextSelector(index, link);
  return selector === '' ? null : { selector, url: addressOf(link, resolve), text: labelOf(link) };
}

/** Links that say of themselves that they lead to the next page. */
function* linkCandidates({ parts }: PageIndex, here: string, resolve: Resolve): Generator<Candidate> {
  for (const part of parts) {
    if (part.tag !== 'a' && part.tag !== 'link' && part.tag !== 'area') continue;
    const reason = reasonOf(part);
    if (reason === null) continue;
    const url = addressOf(part, resolve);
    if (url === null && !SCRIPTED.test(part.node.attribs['href'] ?? '')) continue;
    if (url !== null && isSamePage(url, here)) continue;
    const context = contextScore(part, url, here);
    // "More" goes on with the list only where its address says so.
    if (reason.score === WEAK && (url === null || !NUMBERED.test(pathOf(url)))) continue;
    const score = reason.score + context - (url === null ? 2 : 0);
    yield { part, url, score };
  }
}

/** Its address, or the one that its script reads. */
export function addressOf({ node }: Part, resolve: Resolve): string | null {
  const { attribs } = node;
  for (const href of [attribs['href'], attribs['data-href'], attribs['data-url'], attribs['data-next-url']]) {
    if (href === undefined || href.trim() === '' || SCRIPTED.test(href)) continue;
    return resolve(href);
  }
  return null;
}

function isSamePage(url: string, here: string): boolean {
  return url.replace(/#.*$/, '') === here.replace(/#.*$/, '');
}

function reasonOf(part: Part): Pick<Candidate, 'score'> | null {
  const { attribs } = part.node;
  if (part.textLength > LONGEST_TEXT && attribs['rel'] === undefined) return null;
  if (isPlainLink(part)) return null;
  const rel = attribs['rel'] ? attribs['rel'].toLowerCase().split(/\s+/) : [];
  if (rel.includes('prev')) return null;
  const isFeed = /\b(?:rss|atom)\b/.test(attribs['type'] ?? '');
  // Most links say nothing else than what stands in them.
  const isBare = part.end === part.index + 1 + part.images;
  const shown = isBare ? part.ownText : textIn(part);
  if (!attribs['rel'] && part.children.length === 0 && /^\d*$/.test(shown) && !hasNames(part)) return null;
  const text = plainText(shown);
  const plain = [text];
  for (const more of [attribs['aria-label'], attribs['title'], ...imageTexts(part)])
    if (more) plain.push(more === shown ? text : plainText(more));
  if (plain.some((text) => PREVIOUS_TEXTS.test(text))) return null;
  if (rel.includes('next') && !isFeed) return { score: part.tag === 'link' ? 5.5 : 7 };
  if (part.tag === 'link') return null;
  if (/\b(?:all|alle|alles|tout|todo|todos|wszystko|vše|все)\b|全て|すべて/.test(text) || OTHER_NEXT.test(text))
    return null;
  if (NEXT_TEXTS.has(text)) return { score: isWeak(text) ? WEAK : 6 };
  if (isNextWithPage(text)) return { score: 5 };
  if (BEGINS_NEXT.test(text) && text.length < LONGEST_TEXT) return { score: 2.5 };
  if (
    plain.some((each) => NEXT_TEXTS.has(each) && !isWeak(each)) ||
    plain.some((each) => /^(?:go to )?next page/.test(each))
  )
    return { score: 6 };
  const words = nameWords(part);
  const isNext = words.includes('next') || words.includes('nextpage') || words.includes('older');
  const mark = collapsed(shown);
  if (isNext && !words.includes('prev') && part.textLength < LONGEST_TEXT) return { score: 4.5 };
  return NEXT_MARKS.has(mark) ? { score: 3.5 } : null;
}

/** Most links are that: nothing but a text, too long for a word for next, which does not begin with one. */
function isPlainLink({ node, tag, ownText, children, parent }: Part): boolean {
  if (tag !== 'a' || ownText.length < LONG_NAME || children.length > 0 || BEGINS_NEXT.test(ownText)) return false;
  const { attribs } = node;
  if (attribs['rel'] !== undefined || attribs['title'] !== undefined || attribs['aria-label'] !== undefined)
    return false;
  return !isNamedNext(node) && !(parent && isNamedNext(parent.node));
}

function isNamedNext({ attribs }: Part['node']): boolean {
  return NAMED_NEXT.test(attribs['class'] ?? '') || NAMED_NEXT.test(attribs['id'] ?? '');
}

/** Something beside its text may say where it leads. */
function hasNames({ node, classes, parent }: Part): boolean {
  const { attribs } = node;
  return (
    classes.length > 0 ||
    ['id', 'title', 'aria-label'].some((name) => attribs[name] !== undefined) ||
    (parent?.classes.length ?? 0) > 0 ||
    parent?.node.attribs['id'] !== undefined
  );
}

/** "Pág. siguiente", "to the next page": beside the word for next only words that say of what. */
function isNextWithPage(text: string): boolean {
  const words = text.split(/[\s.]+/).filter((word) => word !== '');
  const [rest, ...others] = words.filter((word) => !PAGE_WORDS.has(word));
  return words.length < 6 && rest !== undefined && others.length === 0 && NEXT_TEXTS.has(rest) && !isWeak(rest);
}

/** "More" may lead anywhere. */
function isWeak(text: string): boolean {
  return /^(?:more|continue|forward|mehr|meer|plus|más|mais|vor|更多|もっと見る|もっとみる|もっと読む|続きを見る|see more|view more|show more|load more|older|ещё|еще|więcej|altri|view all|more results|ver más|ver mais|voir plus|더보기|查看更多|following|avanti|ileri|kitas)$/.test(
    text,
  );
}

/** Of the link and of what it is alone in. */
function nameWords(part: Part): string[] {
  const { node, parent } = part;
  if (!isNamedNext(node) && !(parent && isNamedNext(parent.node))) return [];
  const words = [...part.classes, node.attribs['id'] ?? ''].flatMap(wordsOf);
  if (parent && parent.links === 1)
    words.push(...[...parent.classes, parent.node.attribs['id'] ?? ''].flatMap(wordsOf));
  return words;
}

/** Links of a pager stand beside numbers, and their addresses are like the page's own. */
function contextScore(part: Part, url: string | null, here: string): number {
  let score = 0;
  let up: Part | null = part;
  for (let depth = 0; up !== null && depth < 5; depth += 1, up = up.parent) {
    const words = [...up.classes, up.node.attribs['id'] ?? '', up.node.attribs['role'] ?? ''].flatMap(wordsOf);
    if (depth > 0 && up.textLength > 400) break;
    if (up.textLength < 250 && words.some((word) => PAGER_WORDS.has(word))) score = Math.max(score, 1.5);
    if (words.some((word) => ELSEWHERE_WORDS.has(word))) score -= 3;
    if (depth > 0 && numbersIn(up) > 1) score = Math.max(score, 2);
  }
  if (!part.isShown && part.tag !== 'link') score -= 1;
  if (url === null) return score;
  const likeness = likenessOf(url, here);
  return score + likeness;
}

function numbersIn(part: Part): number {
  let count = 0;
  for (const inner of descendantsOf(part)) if (/^\d{1,4}$/.test(inner.ownText)) count += 1;
  return count;
}

/** Above 0 when the address differs from the page's in a number or a name for pages; below when it leads elsewhere. */
function likenessOf(url: string, here: string): number {
  const a = new URL(url);
  const b = new URL(here);
  const hasNumber = NUMBERED.test(pathOf(url));
  // A copy of a page may stand elsewhere than it was made for.
  if (a.host !== b.host) return hasNumber ? 0 : -1.5;
  if (a.pathname === b.pathname && a.search !== b.search) return hasNumber ? 1.5 : 0.5;
  const stem = b.pathname.replace(/\/(?:index\.\w+)?$/, '').replace(/\.\w+$/, '');
  return a.pathname.startsWith(stem) && hasNumber ? 1.5 : hasNumber ? 0.5 : 0;
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** Of the numbers of a pager: the link right after the number of this page. */
function* numberCandidates(index: PageIndex, here: string, resolve: Resolve): Generator<Candidate> {
  for (const part of index.parts) {
    const number = numberOf(part);
    if (number === null || part.links > 0 || part.tag === 'option') continue;
    const linked = nextNumber(part, number + 1);
    if (!linked) continue;
    const url = addressOf(linked, resolve);
    const score = 3 + contextScore(linked, url, here) - (url === null ? 2 : 0);
    if (url === null || !isSamePage(url, here)) yield { part: linked, url, score };
  }
  // Where the current page is a link, too, or not there at all: the link 2 among numbers, when nothing says that this is page 2.
  for (const part of index.byTag.get('a') ?? []) {
    const number = numberOf(part);
    if (number === null) continue;
    const isCurrent = isMarked(part) || isMarked(part.parent);
    const linked = isCurrent ? nextNumber(part, number + 1) : null;
    const url = linked ? addressOf(linked, resolve) : null;
    if (linked && (url === null || !isSamePage(url, here)))
      yield { part: linked, url, score: 3 + contextScore(linked, url, here) - (url === null ? 2 : 0) };
  }
}

/** Of a text that is a page's number and nothing else. */
function numberOf(part: Part): number | null {
  if (part.ownText.length === 0 || part.ownText.length > 6) return null;
  const found = /^[[(（【]?\s*(\d{1,4})\s*[\])）】]?$/.exec(part.ownText)?.[1];
  return found === undefined ? null : Number(found);
}

/** The link with that number that comes next: a sibling, or in a sibling of the parent. */
function nextNumber(part: Part, number: number): Part | null {
  let at: Part = part;
  for (let depth = 0; depth < 3; depth += 1) {
    const siblings: readonly Part[] = at.parent?.children.slice(at.position + 1, at.position + 3) ?? [];
    for (const sibling of siblings) {
      for (const inner of [sibling, ...(sibling.textLength < 10 ? descendantsOf(sibling) : [])])
        if (
          (inner.tag === 'a' && numberOf(inner) === number) ||
          (inner.tag === 'a' && textIn(inner) === String(number))
        )
          return inner;
    }
    if (siblings.length > 0 && depth > 0) return null;
    if (!at.parent || at.parent.textLength > at.textLength + 6) return null;
    at = at.parent;
  }
  return null;
}
