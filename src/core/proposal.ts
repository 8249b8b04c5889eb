import type { Finding } from './preview.js';

/** An element that the visitor pointed at on a page that a job has opened. */
export interface PickedElement {
  /** What it shall fill in: one of `pointing.fields`. */
  readonly field: string;
  /** Its number on that page. */
  readonly element: number;
}

/** A page that a visitor may point at. */
export interface OpenedPage {
  /** What the job wants back with what was pointed at. */
  readonly page: string;
  /**
   * A whole document for a frame in which nothing runs and nothing is loaded. Elements that can be pointed at have their
   * numbers in the attribute `data-tobiishi`.
   */
  readonly html: string;
}

/** What became of opening a page: without it the findings or problems say why. */
export interface Opening {
  readonly opened: OpenedPage | null;
  readonly findings: readonly Finding[];
  readonly problems: readonly FieldProblem[];
}

/** What a job is asked to propose something for. */
export interface ProposalRequest {
  /** What was typed so far, by field. It may be anything. */
  readonly typed: Readonly<Record<string, string>>;
  /** A text that the visitor has seen where the proposals are looked for; empty for none. */
  readonly example: string;
  /** Of the visitor: `en` or `ja`. */
  readonly language: string;
  /** What the visitor pointed at, and the page as `pointing.open` gave it; null: nothing. */
  readonly pointed: { readonly page: string; readonly picks: readonly PickedElement[] } | null;
}

/** One line of a field, `name: rest`, that is taken when it is ticked, under a name that can be changed. */
export interface ProposedLine {
  readonly name: string;
  readonly rest: string;
  readonly isChosen: boolean;
  /** What it would give, at first. */
  readonly samples: readonly string[];
}

/**
 * A field that is filled in when it is ticked. One that the proposal fills in anyway takes this value instead of the other.
 */
export interface ProposedOption {
  readonly field: string;
  readonly value: string;
  readonly isChosen: boolean;
  /** Its text is `proposals.FIELD`. */
  readonly params: Finding['params'];
}

/** A filled-in form that a job offers. Fields that are not in it stay as they were typed. */
export interface Proposal {
  readonly fields: Readonly<Record<string, string>>;
  /** The field that is made of lines. */
  readonly lines: { readonly field: string; readonly lines: readonly ProposedLine[] };
  readonly options: readonly ProposedOption[];
  /** How many rows it would give. */
  readonly rows: number;
  /** What the job found out about it besides. */
  readonly findings: readonly Finding[];
  /** Numbers of the elements that it would take, where the visitor has pointed at some. */
  readonly taken: readonly number[];
}

/** Other fields with which it is worth looking again. Its text is `proposals.NAME`. */
export interface OtherLook {
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly params: Finding['params'];
}

/** What was found for an input, best first. */
export interface Proposals {
  readonly findings: readonly Finding[];
  readonly proposals: readonly Proposal[];
  /** Default: none. */
  readonly others?: readonly OtherLook[];
  /** What is wrong with what was typed: a code to translate by (`validation.CODE`), and English. */
  readonly problems: readonly FieldProblem[];
}

export interface FieldProblem {
  readonly field: string;
  readonly code: string;
  readonly message: string;
  readonly params: Finding['params'];
}
