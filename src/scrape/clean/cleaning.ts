import { dateIn } from './date.js';
import { numberIn } from './number.js';
import { matchIn, type Pattern } from './pattern.js';

/** What is done to the text of a cell before it is kept. */
export type Cleaning =
  | { readonly kind: 'trim' | 'number' | 'date' | 'absolute' }
  | { readonly kind: 'match'; readonly pattern: Pattern };

/** Of the page on which a cell stands. */
export interface CellPage {
  /** As in `lang`; empty when the page does not say. */
  readonly language: string;
  readonly host: string;
  /** What an address on the page leads to; the text itself when it is none. */
  resolve(text: string): string;
}

export type CellValue = string | number;

export interface CleanCell {
  readonly value: CellValue;
  /** False when it should have been a number or date and has none in it: then it is as it stood on the page. */
  readonly isClean: boolean;
}

/** One cleaning after the other. An empty cell stays empty. */
export function clean(text: string, cleanings: readonly Cleaning[], page: CellPage): CleanCell {
  let value: CellValue = text;
  for (const cleaning of cleanings) {
    if (value === '') break;
    const cleaned = cleanedBy(cleaning, String(value), page);
    if (cleaned === null) return { value, isClean: false };
    value = cleaned;
  }
  return { value, isClean: true };
}

function cleanedBy(cleaning: Cleaning, text: string, page: CellPage): CellValue | null {
  switch (cleaning.kind) {
    case 'trim':
      return text.replace(/\s+/g, ' ').trim();
    case 'number':
      return numberIn(text, page.language);
    case 'date':
      return dateIn(text, page);
    case 'absolute':
      return page.resolve(text.trim());
    case 'match':
      return matchIn(text, cleaning.pattern) ?? '';
  }
}
