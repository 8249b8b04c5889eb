import { decode } from '../encoding/decode.js';
import { type Barrier, barrierIn } from '../read/barrier.js';
import { openDocument } from '../read/document.js';
import { MarkupDocument } from '../read/markup-document.js';
import type { Answer } from '../read/read-page.js';
import { type Findings, type FindOptions, findOnPage } from './find.js';

export interface FindInAnswerOptions extends FindOptions {
  /** An encoding that the visitor insists on; empty: the page's own. */
  readonly encoding: string;
  /** Whether a page that sends its reader to its own address again is a redirect. */
  readonly reloads: boolean;
}

/** What was found on a page, as plain data. */
export interface PageFindings extends Findings {
  readonly url: string;
  readonly barrier: Barrier | null;
}

/**
 * Decodes and parses a page and finds what is on it: all that takes time, in one function of plain data, which can run in
 * any thread. Throws `StepError` `bad-json`.
 */
export function findInAnswer(
  answer: Answer,
  options: FindInAnswerOptions,
): PageFindings | { readonly redirect: string } {
  const { url, kind, bytes, charset, link } = answer;
  const isXml = kind === 'xml' || kind === 'xhtml';
  const { text, encoding } = decode(bytes, { charset, override: options.encoding, isXml });
  const document = openDocument({ text, kind, url, encoding, link });
  const target = document.refresh(answer.refresh);
  if (target !== null && (target.href !== url || options.reloads)) return { redirect: target.href };
  const found = document instanceof MarkupDocument ? findOnPage(document, options) : { proposals: [], next: null };
  return { url, ...found, barrier: barrierIn(document, text) };
}
