import type { RequestHandler } from 'express';
import { TobiishiError } from '../../core/errors.js';
import type { Blocks } from '../../engine/blocks.js';

/** Keeps out whoever comes from a network that the operator blocks. */
export function keepOutBlocked(blocks: Blocks): RequestHandler {
  return async (req, _res, next) => {
    const known = blocks.current();
    // Mostly it is known, and what waits for nothing is answered sooner.
    const list = known instanceof Promise ? await known : known;
    const block = req.ip === undefined ? null : list.networkOf(req.ip);
    if (block === null) return next();
    throw new TobiishiError('blocked', `the operator blocks ${block.value}`, { reason: block.reason });
  };
}
