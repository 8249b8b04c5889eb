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
}

/** What a run with this input would do, tried on a little of it. */
export interface Preview {
  readonly findings: readonly Finding[];
  /** The first rows that it would record. */
  readonly rows: readonly Row[];
}
