import type { Run } from '../../core/run.js';
import type { PageDeps } from '../deps.js';

/** On average. */
const LARGE_ROW_BYTES = 50_000;

/**
 * What `read` reads of a run's rows; where they are large, in turns with downloads, which leave half of the thread to others: one
 * row of 2 MB takes ten milliseconds.
 */
export function readInTurn<T>({ turns }: PageDeps, { bytes, rowCount }: Run, read: () => Promise<T>): Promise<T> {
  return bytes > LARGE_ROW_BYTES * rowCount ? turns.take(read) : read();
}
