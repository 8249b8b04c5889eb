import type { Request } from 'express';
import { TobiishiError } from '../core/errors.js';
import type { PageDeps } from './deps.js';

/** Throws `starts-refused` while the operator lets nobody start anything. */
export async function checkStarts({ blocks }: Pick<PageDeps, 'blocks'>): Promise<void> {
  const { starts } = await blocks.current();
  if (starts === null) return;
  throw new TobiishiError('starts-refused', 'the operator lets nobody start anything', { reason: starts.reason });
}

/** What is kept until somebody takes it away counts as so many starts: it outlives the visitor who made it. */
const STARTS_OF_KEPT = 5;

/** For a token and its like. Throws `too-many-requests`, and `storage-full` while too little of the disk is free. */
export async function countKept({ limits, disk }: Pick<PageDeps, 'limits' | 'disk'>, req: Request): Promise<void> {
  if (await disk?.isLow()) throw new TobiishiError('storage-full', 'too little of the disk is free');
  await limits.take(req, 'starts', STARTS_OF_KEPT);
}
