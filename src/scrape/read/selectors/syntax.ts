/**
 * Selectors as Selectors Level 4 writes them (https://www.w3.org/TR/selectors-4/#grammar), and `:contains(text)`, which
 * scrapers have had since jQuery.
 */
export type Combinator = ' ' | '>' | '+' | '~';

/** What must be left of a compound, and how: null at the left end. */
export interface Complex {
  readonly compound: readonly Simple[];
  readonly combinator: Combinator | null;
  /** Null where a relative selector begins: `combinator` then leads to its anchor. */
  readonly left: Complex | null;
}

export type SelectorList = readonly Complex[];

export type AttributeOperator = '=' | '~=' | '|=' | '^=' | '$=' | '*=';

/** `an + b`, of elements that match `of`; null: of all. */
export interface Nth {
  readonly a: number;
  readonly b: number;
  readonly of: SelectorList | null;
}

export type Simple =
  /** `namespace`: `*` any (as when none is written), empty: without one. The name `*` is any. */
  | { readonly type: 'tag'; readonly name: string; readonly namespace: '*' | '' }
  | { readonly type: 'id' | 'class'; readonly name: string }
  | {
      readonly type: 'attribute';
      readonly name: string;
      readonly anyNamespace: boolean;
      /** Null: to be there is enough. */
      readonly operator: AttributeOperator | null;
      readonly value: string;
      readonly flag: 'i' | 's' | null;
    }
  | { readonly type: 'is' | 'where' | 'not' | 'has'; readonly selectors: SelectorList }
  | { readonly type: 'nth'; readonly name: NthName; readonly nth: Nth }
  | { readonly type: 'words'; readonly name: WordsName; readonly words: readonly string[] }
  | { readonly type: 'state'; readonly name: string };

export type NthName = 'nth-child' | 'nth-last-child' | 'nth-of-type' | 'nth-last-of-type';
export type WordsName = 'contains' | 'contains-own' | 'lang' | 'dir';

/**
 * - `unfinished`: something is missing at the end
 * - `unexpected`: `rest` is not what can stand there
 * - `gap`: a combinator or comma with nothing beside it
 * - `argument`: what stands in the brackets of the pseudo-class `rest`
 */
export type SyntaxProblem =
  | 'unfinished'
  | 'unexpected'
  | 'unclosed'
  | 'gap'
  | 'pseudo-class'
  | 'pseudo-element'
  | 'argument';

export class SelectorSyntaxError extends Error {
  override readonly name = 'SelectorSyntaxError';

  constructor(
    readonly code: SyntaxProblem,
    /** What the problem is about, as written. */
    readonly rest: string,
    message: string,
  ) {
    super(message);
  }
}
