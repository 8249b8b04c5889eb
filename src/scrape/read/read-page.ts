import { decode, type Why } from '../encoding/decode.js';
import { type Barrier, barrierIn } from './barrier.js';
import type { Kind } from './content-type.js';
import { openDocument, type Reading, type Recipe } from './document.js';

/** What a host answered with. */
export interface Answer {
  /** Where it was found. */
  readonly url: string;
  readonly kind: Kind;
  /** The charset of its `Content-Type`. */
  readonly charset: string | null;
  readonly bytes: Uint8Array;
  /** The `Refresh` header. */
  readonly refresh: string | null;
  /** The `Link` header. */
  readonly link: string | null;
}

/** How it is to be read. */
export interface ReadOptions {
  readonly recipe: Recipe;
  /** An encoding that the visitor insists on; empty: the page's own. */
  readonly encoding: string;
  /** Whether a page that sends its reader to its own address again is a redirect. */
  readonly reloads: boolean;
}

/** What stands on a page, as plain data. */
export interface PageReading extends Reading {
  readonly url: string;
  /** By the encoding standard's name. */
  readonly encoding: string;
  /** What decided it. */
  readonly why: Why;
  /** What the page asks for before it shows anything; null when it shows what it has. */
  readonly barrier: Barrier | null;
}

/**
 * Decodes, parses and reads one page: all that takes time, in one function of plain data, which can run in any thread.
 * A page that sends its reader elsewhere is not read: `redirect` is where to, absolute and in normal form. Throws
 * `StepError` `bad-selector`, `bad-json-path`, `too-many-rows` or `bad-json`.
 */
export function readPage(answer: Answer, options: ReadOptions): PageReading | { readonly redirect: string } {
  const { url, kind, bytes, charset, link } = answer;
  const isXml = kind === 'xml' || kind === 'xhtml';
  const { text, encoding, why } = decode(bytes, { charset, override: options.encoding, isXml });
  const document = openDocument({ text, kind, url, encoding, link });
  const target = document.refresh(answer.refresh);
  if (target !== null && (target.href !== url || options.reloads)) return { redirect: target.href };
  const reading = document.read(options.recipe);
  return { url, encoding, why, ...reading, barrier: barrierIn(document, text) };
}
