import type { MessageParams } from './errors.js';
import type { Row } from './step.js';

/**
 * Something that a job found out before a run: a code to translate by (`preview.CODE`), and English. A parameter whose
 * name ends in `Ms` is shown as a duration, without that ending.
 */
export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly params: MessageParams;
  /** Most likely not what the visitor wants. */
  readonly isWarning: boolean;
  /** The field of the form that would change it. Default: none. */
  readonly field?: string;
  /** Of a run that is over, the action that may mend it: its button stands beside the text. Default: none. */
  readonly action?: 'retry-failed';
}

/** What trying came to: some of what the form asks for was not found, or nothing of it was. */
export type Verdict = 'found' | 'partly' | 'nothing';

/** What was probably meant in a field, which one press puts there. */
export interface Mend {
  readonly field: string;
  /** The line of the field that it takes the place of, from 1; null for all of the field. */
  readonly line: number | null;
  /** The field, or its line, as it should be. An empty line is left out. */
  readonly value: string;
  /** Why: a code to translate by (`mends.CODE`), and English. */
  readonly code: string;
  readonly message: string;
  readonly params: MessageParams;
  /** How many are found with it; null when nobody has looked. `of`: where that could be in more of them. */
  readonly count: number | null;
  readonly of: number | null;
}

/** What one line of a field came to: texts as they were found, and what was made of them. */
export interface TriedLine {
  /** What stands before its colon. */
  readonly name: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** What a run with this input would do, tried on a little of it. */
export interface Preview {
  readonly findings: readonly Finding[];
  /** The first rows that it would record. */
  readonly rows: readonly Row[];
  /** The lines of a field that is made of lines, one by one. Default: none. */
  readonly tried?: { readonly field: string; readonly lines: readonly TriedLine[] };
  /** Default: by whether there are rows and warnings. */
  readonly verdict?: Verdict;
  /** What was probably meant where nothing was found. Default: nothing else. */
  readonly mends?: readonly Mend[];
}
