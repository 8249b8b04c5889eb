import type { CellValue } from '../clean/cleaning.js';
import type { Column } from './columns.js';
import type { Kind } from './content-type.js';

/** A page as text. */
export interface Source {
  readonly text: string;
  readonly kind: Kind;
  /** Where it came from. */
  readonly url: string;
  /** By the encoding standard's name: decides how the queries of links are written. Default UTF-8. */
  readonly encoding?: string;
  /** The `Link` header. */
  readonly link?: string | null;
}

/** What to read from a page. */
export interface Recipe {
  /** Selector of the repeated element; empty: the page itself is one row. */
  readonly row: string;
  readonly columns: readonly Column[];
  /** Selector of the link to the next page; empty: there is none. */
  readonly next: string;
  /** Selector of links to open; empty: none. */
  readonly follow?: string;
  /** Selector, within the row, of the link to the row's own page; empty: none has one. */
  readonly detail?: string;
  /** Whether it is the first page of a list, which is asked how many there are. */
  readonly isFirst?: boolean;
}

/** A page's rows are made, and recorded, in one go. */
export const MAX_ROWS = 10_000;
/** Links to open of one page. */
export const MAX_LINKS = 10_000;

/** `{ page, …columns }`; a cell is empty when its element or attribute is missing. */
export type PageRow = Readonly<Record<string, CellValue>>;

export interface Reading {
  readonly rows: readonly PageRow[];
  /** Of each row, when `detail` asks for it: where it leads, absolute and in normal form; null when it leads nowhere. */
  readonly details: readonly (string | null)[];
  /** Cells that should have been numbers or dates, and are as they stood on the page. */
  readonly uncleanCells: number;
  /** Cells and rows that were too long, or too many, to be kept whole. */
  readonly cutCells: number;
  readonly leftOutRows: number;
  /** Absolute, in normal form; null when there is no such link, or none to a web page. */
  readonly next: string | null;
  /** Absolute, in normal form, each once. */
  readonly follow: readonly string[];
  /** How many more there are. */
  readonly leftOutLinks: number;
  /** How many lines of it could not be read: of lists of JSON. */
  readonly leftOut: number;
  /** How many pages the list has from its first one on, by what that says, if anything. */
  readonly statedPages?: number | null;
  /** The same for pages that show the same rows, or that show none and differ in numbers at most. */
  readonly fingerprint: string;
}

/**
 * A page, parsed: HTML, XML, JSON or plain text. Selectors are those of CSS; in JSON they are paths, as `json-path.ts`
 * has them. What takes selectors throws `StepError` `bad-selector` when one is unusable on this page.
 */
export interface PageDocument {
  /** What it is in truth, which may be another kind than its type says. */
  readonly kind: Kind;
  /** Throws `StepError` `too-many-rows`. */
  read(recipe: Recipe): Reading;
  /** Where what the selector finds leads, absolute and in normal form, each once. */
  links(selector: string): readonly string[];
  /** Where the page sends its reader by itself, or by its `Refresh` header; null when it does not. */
  refresh(header: string | null): URL | null;
  /** All that a person sees of it; where that is more than `most` characters, at least so many of them. */
  text(most?: number): string;
}
