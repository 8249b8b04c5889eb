import { TobiishiError } from '../core/errors.js';
import type { PageDeps } from './deps.js';

/** Throws `starts-refused` while the operator lets nobody start anything. */
export async function checkStarts({ blocks }: Pick<PageDeps, 'blocks'>): Promise<void> {
  const { starts } = await blocks.current();
  if (starts === null) return;
  throw new TobiishiError('starts-refused', 'the operator lets nobody start anything', { reason: starts.reason });
}
