import { type Finding, StepError } from '../../index.js';
import { finding } from './finding.js';

/** What a page gives that is read like the first one. */
export interface SecondPage {
  /** Rows, or links to open. */
  readonly count: number;
  /** They are those of the first page. */
  readonly isSame: boolean;
}

/** Whether what was found on a page is found on the next one, too. */
export function secondPageFinding({ count, isSame }: SecondPage): Finding {
  if (count === 0) return finding('second-page-none', 'Page 2 gives no row.', {}, true);
  if (isSame) return finding('second-page-same', 'Page 2 gives the same rows as page 1.', {}, true);
  return finding('second-page', `Page 2 gives ${count} rows, too.`, { count });
}

/**
 * Looks at the second page, when there is time for it. What was found on the first is worth showing without it, so that
 * no more than this is said of a host that makes us wait, or has no such page.
 */
export async function ifThereIsTime<T>(signal: AbortSignal, look: () => Promise<T>): Promise<T | Finding> {
  try {
    return await look();
  } catch (error) {
    const isLate = signal.aborted || (error instanceof StepError && error.failure.code.startsWith('preview-'));
    if (isLate) return finding('second-page-unchecked', 'There was no time to look at page 2.', {});
    if (!(error instanceof StepError)) throw error;
    return finding('second-page-failed', `Page 2 could not be read: ${error.failure.message}`, {}, true);
  }
}
