import type { CheerioAPI } from 'cheerio';
import { cheerio } from './packages.js';

let probe: CheerioAPI | null = null;

/** Null when cheerio can use the selector, else what it says is wrong. */
export function selectorProblem(selector: string): string | null {
  try {
    probe ??= cheerio().load('<p><a href="/">a</a></p>');
    probe.root().find(selector);
    return null;
  } catch (error) {
    // It names the rest of the selector, of which there may be none.
    return (error instanceof Error ? error.message : String(error)).replace(/found $/, 'found nothing more');
  }
}
