import { type Barrier, barrierIn } from '../read/barrier.js';
import { parseJson } from '../read/json-text.js';
import { MarkupDocument } from '../read/markup-document.js';
import { type Answer, type OpenOptions, openAnswer, type Redirect } from '../read/open-answer.js';
import { ENGLISH_WORDS } from './column-names.js';
import { findInScripts } from './embedded.js';
import { type Findings, type FindOptions, findIn, MOST_PROPOSALS } from './find.js';
import { findInJson } from './find-json.js';
import { looksMadeByScript } from './made-by-script.js';
import { indexPage } from './page-index.js';
import { NumberedParts } from './pointed.js';
import type { Proposal } from './proposal.js';

/** So many show what is taken; the answer stays small. */
const MOST_TAKEN = 1000;

export interface FindInAnswerOptions extends FindOptions, OpenOptions {}

/** A proposal as plain data. */
export interface PlainProposal extends Omit<Proposal, 'parts'> {
  /** Numbers of the elements that it takes, where some were pointed at. */
  readonly taken: readonly number[];
}

/** What was found on a page, as plain data. */
export interface PageFindings extends Omit<Findings, 'proposals'> {
  readonly url: string;
  readonly proposals: readonly PlainProposal[];
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
  const { url } = answer;
  const barrier = barrierIn(document, text);
  if (document instanceof MarkupDocument) return { url, ...findInMarkup(document, options), barrier };
  const { words = ENGLISH_WORDS, most = MOST_PROPOSALS } = options;
  const proposals = findInJson(parseJson(text).value, { words, prefix: '', most }).map(withoutParts);
  return { url, proposals, next: null, missed: [], isMadeByScript: false, barrier };
}

/** Lists of elements come first, unless the page is hardly more than its scripts. */
function findInMarkup(document: MarkupDocument, options: FindOptions) {
  const { words = ENGLISH_WORDS, most = MOST_PROPOSALS, example = '', pointed = null } = options;
  const index = indexPage(document);
  const { proposals, next, missed } = findIn(index, options);
  const isMadeByScript = looksMadeByScript(index);
  if (pointed !== null) {
    const numbered = new NumberedParts(index);
    return { proposals: proposals.map((each) => withNumbers(each, numbered)), next, missed, isMadeByScript };
  }
  const inScripts = example.trim() === '' ? findInScripts(document, index, words, 2) : [];
  const all = isMadeByScript ? [...inScripts, ...proposals] : [...proposals, ...inScripts];
  return { proposals: all.slice(0, most + 1).map(withoutParts), next, missed, isMadeByScript };
}

function withNumbers({ parts, ...proposal }: Proposal, numbered: NumberedParts): PlainProposal {
  const numbers = new Set(parts.flatMap((part) => numbered.numberOf(part) ?? []));
  return { ...proposal, taken: [...numbers].slice(0, MOST_TAKEN) };
}

function withoutParts({ parts: _, ...proposal }: Proposal): PlainProposal {
  return { ...proposal, taken: [] };
}
