import { hasLargeRows, type Run } from '../../core/run.js';
import type { PageDeps } from '../deps.js';

/**
 * What `read` reads of a run's rows; where they are large, in turns with downloads, which leave half of the thread to others: one
 * row of 2 MB takes ten milliseconds.
 */
export function readInTurn<T>({ turns }: PageDeps, run: Run, read: () => Promise<T>): Promise<T> {
  return hasLargeRows(run) ? turns.take(read) : read();
}
