import type { Why } from '../encoding/decode.js';
import { type Barrier, barrierIn } from './barrier.js';
import type { Reading, Recipe } from './document.js';
import { type Answer, type OpenOptions, openAnswer, type Redirect } from './open-answer.js';

/** How it is to be read. */
export interface ReadOptions extends OpenOptions {
  readonly recipe: Recipe;
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
export function readPage(answer: Answer, options: ReadOptions): PageReading | Redirect {
  const opened = openAnswer(answer, options);
  if ('redirect' in opened) return opened;
  const { document, text, encoding, why } = opened;
  const reading = document.read(options.recipe);
  return { url: answer.url, encoding, why, ...reading, barrier: barrierIn(document, text) };
}
