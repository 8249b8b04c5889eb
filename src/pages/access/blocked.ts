import type { RequestHandler } from 'express';
import { TobiishiError } from '../../core/errors.js';
import type { Blocks } from '../../engine/blocks.js';

/** Keeps out whoever comes from a network that the operator blocks. */
export function keepOutBlocked(blocks: Blocks): RequestHandler {
  return async (req, _res, next) => {
    const block = req.ip === undefined ? null : (await blocks.current()).networkOf(req.ip);
    if (block === null) return next();
    throw new TobiishiError('blocked', `the operator blocks ${block.value}`, { reason: block.reason });
  };
}
