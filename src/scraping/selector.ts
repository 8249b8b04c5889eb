import { load } from 'cheerio';

const probe = load('<p><a href="/">a</a></p>');

/** Null when cheerio can use the selector, else what it says is wrong. */
export function selectorProblem(selector: string): string | null {
  try {
    probe.root().find(selector);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
